import { copyFileSync } from 'node:fs'

// What of the dashboard's page is not compiled.
for (const file of ['index.html', 'page.css', 'icon.svg']) {
  copyFileSync(
    new URL(`../lib/dashboard/page/${file}`, import.meta.url), new URL(`../dist/dashboard/page/${file}`, import.meta.url)
  )
}
