import Fastify from 'fastify'
import { Piscina } from 'piscina'
import { maxThreads } from '../../limits.js'

// The mixed six of ours.js by hand: three on the loop, and a piscina.run for each of the other three.
const pool = new Piscina({ filename: new URL('./tasks.js', import.meta.url).href, minThreads: maxThreads, maxThreads })

export const app = Fastify()

app.addHook('onClose', () => pool.destroy())

const one = async () => 1
const two = async (one) => one + 1
const three = async (two) => two + 1

app.get('/mixed', async () => {
  const first = await one()
  const second = await two(first)
  const third = await three(second)
  const fourth = await pool.run(first, { name: 'four' })
  const fifth = await pool.run(fourth, { name: 'five' })
  return { six: await pool.run({ third, fifth }, { name: 'six' }) }
})
