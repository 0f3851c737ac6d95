export { requiredScopes, withScopes } from '../dependencies/scopes.js'
export { insufficientScope, unauthorized } from './challenges.js'
export type { ChallengeParameters } from './challenges.js'
export { apiKey, basic, bearer } from './credentials.js'
export type {
  ApiKeyOptions, BasicCredentials, BasicOptions, BearerOptions, CredentialsOptions
} from './credentials.js'
