const executor = new URL('./byte-executor.js', import.meta.url).href

export async function resolve (specifier, context, next) {
  const resolved = await next(specifier, context)
  return resolved.url.endsWith('/dist/threads/thread-pool.js') ? { ...resolved, url: executor, format: 'module' } : resolved
}
