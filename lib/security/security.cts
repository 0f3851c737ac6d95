import nodeModule = require('node:module')

import type * as Module from './security.js' with { 'resolution-mode': 'import' }

// Use createRequire(): see lib/index.cts.
const exported = { ...nodeModule.createRequire(__filename)('./security.js') as typeof Module }

namespace exported {
  export type ApiKeyOptions = Module.ApiKeyOptions
  export type BasicCredentials = Module.BasicCredentials
  export type BasicOptions = Module.BasicOptions
  export type BearerOptions = Module.BearerOptions
  export type ChallengeParameters = Module.ChallengeParameters
  export type CredentialsOptions = Module.CredentialsOptions
}

export = exported
