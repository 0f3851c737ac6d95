import t from 'tap'
import { tellRun } from '../page/sentence.js'

const settings = { customers: 8, cooks: 2, waiting: 50, cooking: 150 }
const result = {
  ordered: 24,
  served: 24,
  took: 3_813,
  perSecond: 6.3,
  wait: { p50: 1_258, longest: 1_291 },
  queued: 1_080,
  menu: { asked: 7, p50: 2.5, longest: 1_233, cookedMeanwhile: 8, duringCooking: 0 },
  threads: [0],
  together: 8,
  cookedTogether: 1,
  cooked: { all: 3_638, p50: 152 }
}
const prompt = { asked: 57, p50: 1.6, longest: 8.2, cookedMeanwhile: 0, duringCooking: 52 }

t.test('what one sees is told by what was measured', async (t) => {
  const tell = (kitchen, changedSettings, changedResult, processors = 2) =>
    tellRun({ kitchen, ...settings, ...changedSettings }, { ...result, ...changedResult }, processors)

  t.match(tell('waiting', {}, { menu: prompt }), /^8 burgers were in the oven at once, .* within 8\.2 ms\.$/)
  t.match(tell('waiting', {}, { menu: prompt, together: 1 }), /^1 burger was in the oven/)
  t.match(tell('computing'),
    /^The loop cooked for 3\.64 s of 3\.81 s, .* stood there for 1\.23 s\. .* cooked 8 burgers: /)
  t.match(tell('computing', {}, { menu: prompt }), /never cooked for long .* within 8\.2 ms/)
  t.match(tell('computing', { cooking: 0 }, { menu: prompt }), /^There was nothing to cook/)

  const threads = { menu: prompt, threads: [1, 2], cookedTogether: 2 }
  const seen = tell('threads', {}, threads)
  t.match(seen, /^2 cooks cooked up to 2 burgers at once, .* 52 of 57 questions/)
  t.notMatch(seen, 'Waiting is for the loop')
  t.match(tell('threads', { waiting: 400 }, threads), 'for up to 1.08 s for one. Waiting is for the loop.')
  const four = { ...threads, threads: [1, 2, 3, 4], cooked: { all: 7_200, p50: 300 } }
  t.match(tell('threads', { cooks: 4 }, four),
    '150 ms of cooking took 300 ms: more cooks than processors (2) take turns.')
  const busy = { cooked: { all: 7_200, p50: 300 } }
  t.match(tell('threads', {}, { ...threads, ...busy }), /other work too\. .* point of threads is the menu/)
  t.match(tell('computing', {}, busy), '150 ms of cooking took 300 ms: the machine had other work too.')
  t.match(tell('threads', {}, { ...threads, served: 20 }), /4 burgers never came: .* after 20 s\.$/)
  t.match(tell('computing', {}, { ordered: 19, served: 19 }),
    'The kitchen closed after 10 s: 5 burgers were not ordered any more.')
})
