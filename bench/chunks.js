const chunk = Buffer.alloc(65_536, 'chunk ')

/** 50 MB. */
export function * chunks () {
  for (let index = 0; index < 763; index++) yield chunk
}
