declare module 'ejs' {
  const ejs: { compile (template: string): (values: object) => string }
  export default ejs
}
