import t from 'tap'
import { filesOf } from './layouts-page.js'
import { Project, versionOf } from './project.js'

const packages = ['@nestjs/core@11', '@nestjs/common@11', '@nestjs/platform-fastify@11', '@nestjs/schedule@6', 'reflect-metadata@0.2', 'rxjs@7',
  `typescript@${versionOf('typescript')}`, `@types/node@${versionOf('@types/node')}`]

/** As `nest new` writes it, in so far as it matters here. */
const tsconfig = JSON.stringify({
  compilerOptions: {
    module: 'commonjs',
    target: 'ES2022',
    emitDecoratorMetadata: true,
    experimentalDecorators: true,
    esModuleInterop: true,
    strict: true,
    skipLibCheck: true,
    rootDir: 'src',
    outDir: 'dist',
    types: ['node']
  },
  include: ['src']
})

/** Tells on which side each part of Nest runs. */
const sides = `
import { type CanActivate, Catch, Controller, type ExceptionFilter, type ExecutionContext, Get, HttpException, type ArgumentsHost, type MiddlewareConsumer, Module,
  type NestModule, type OnApplicationBootstrap, type OnModuleDestroy, type OnModuleInit, Req, UseFilters, UseGuards } from '@nestjs/common'
import { HttpAdapterHost } from '@nestjs/core'
import { RouteConfig } from '@nestjs/platform-fastify'
import { ScheduleModule } from '@nestjs/schedule'
import { isWorker } from 'fastify-blocking'

const side = isWorker ? 'worker' : 'loop'
const tell = (event: string) => { console.log(JSON.stringify({ event, side })) }

class Guard implements CanActivate {
  canActivate (context: ExecutionContext) {
    context.switchToHttp().getRequest().guard = side
    return true
  }
}

@Catch(HttpException)
class Filter implements ExceptionFilter {
  catch (error: HttpException, host: ArgumentsHost) {
    host.switchToHttp().getResponse().status(418).send({ filter: side })
  }
}

@Controller()
class Sides implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  constructor (private readonly host: HttpAdapterHost) {}

  onModuleInit () {
    tell('init')
    this.host.httpAdapter.getInstance().addHook('onClose', async () => { tell('onClose') })
  }

  onApplicationBootstrap () { tell('bootstrap') }
  onModuleDestroy () { tell('destroy') }

  @Get('/sides') @UseGuards(Guard) @RouteConfig({ blocking: true })
  sides (@Req() request: { guard: string, raw: { middleware: string } }) {
    return { handler: side, guard: request.guard, middleware: request.raw.middleware }
  }

  @Get('/fails') @UseFilters(Filter) @RouteConfig({ blocking: true })
  fails () { throw new HttpException('no', 400) }
}

@Module({ imports: isWorker ? [] : [ScheduleModule.forRoot()], controllers: [Sides], providers: [Guard] })
export class AppModule implements NestModule {
  configure (consumer: MiddlewareConsumer) {
    consumer.apply((request: { middleware: string }, _response: unknown, next: () => void) => {
      request.middleware = side
      next()
    }).forRoutes('*path')
  }
}
`

t.test('a NestJS application', async (t) => {
  const project = new Project(t, []).install(...packages)
  const { 'src/main.ts': main, ...files } = filesOf('NestJS')
  project.write('package.json', '{ "private": true }')
  project.write('tsconfig.json', tsconfig)
  project.writeAll({
    ...files,
    'src/main.ts': main!.replace(/^ {2}await app\.listen.*$/m, '$&\n  console.log(JSON.stringify(app.getHttpServer().address()))\n  app.enableShutdownHooks()')
  })
  const run = ['dist/main.js']
  const settings = { env: { PORT: '0' } }

  await t.test('answers by workers, and validates', async (t) => {
    await compile('--noCheck')
    const running = project.run(t, run, settings)
    t.same(await running.get('/blocking/4'), { isWorker: true, sum: 10 })
    t.same(await running.get('/loop/4'), { isWorker: false, sum: 10 })
    t.match(await running.get('/blocking/four'), { statusCode: 400 })
  })

  await t.test('compiles with the version of Fastify that Nest has, and is tested by create()', async (t) => {
    const { dependencies } = project.read('node_modules/@nestjs/platform-fastify/package.json') as { dependencies: Record<string, string> }
    project.write('package.json', '{ "private": true }')
    project.install(...packages, `fastify@${dependencies.fastify}`)
    project.writeAll(filesOf('Tests of a NestJS app'))
    await compile()
    const { code, stdout } = await project.run(t, ['--test', '--test-reporter=tap', 'dist/app.test.js']).ended
    t.equal(code, 0, stdout)
    t.match(stdout, /^# pass 1$/m)
  })

  await t.test('has guards and filters of blocking routes in workers, middleware on the loop, and closes', async (t) => {
    project.write('src/app.module.ts', sides)
    await compile()
    const running = project.run(t, run, settings)
    t.same(await running.get('/sides'), { handler: 'worker', guard: 'worker', middleware: 'loop' })
    t.same(await running.get('/fails'), { filter: 'worker' })
    running.kill('SIGTERM')
    const { stdout } = await running.ended
    const events = stdout.split('\n').filter((line) => line.startsWith('{"event"')).map((line) => JSON.parse(line) as { event: string, side: string })
    const ofSide = (side: string): string[] => events.filter((told) => told.side === side).map(({ event }) => event)
    t.same(ofSide('loop'), ['init', 'bootstrap', 'destroy', 'onClose'])
    t.same(ofSide('worker'), ['init', 'bootstrap', 'onClose'], 'Nest itself is not closed there')
  })

  async function compile (...parameters: string[]): Promise<void> {
    const { code, stdout } = await project.run(t, ['node_modules/typescript/bin/tsc', ...parameters]).ended
    t.equal(code, 0, stdout)
  }
})
