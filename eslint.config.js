import neostandard from 'neostandard'

export default [
  ...neostandard({
    ts: true,
    ignores: ['dist/**', '.tap/**', 'site/{built,pages}/**', 'site/.vitepress/cache/**', 'types/**/*.tst.ts.snap']
  }),
  { files: ['lib/**'], rules: { '@stylistic/max-len': ['error', { code: 110 }] } }
]
