import { Type } from '@fastify/type-provider-typebox'

const Email = Type.String({ format: 'email', maxLength: 200 })
const Password = Type.String({ minLength: 10, maxLength: 200 })

export const Customer = Type.Object({ id: Type.Integer(), email: Email, name: Type.String(), role: Type.String() })

export const Registration = Type.Object({ email: Email, name: Type.String({ minLength: 1, maxLength: 100 }), password: Password }, { additionalProperties: false })

export const Credentials = Type.Object({ email: Email, password: Type.String({ maxLength: 200 }) }, { additionalProperties: false })

export const PasswordChange = Type.Object({ password: Type.String({ maxLength: 200 }), newPassword: Password }, { additionalProperties: false })
