import neostandard from 'neostandard'

export default [
  ...neostandard({
    ts: true,
    ignores: ['dist/**', '.tap/**', 'types/**/*.tst.ts.snap']
  }),
  { files: ['lib/**'], rules: { '@stylistic/max-len': ['error', { code: 110 }] } }
]
