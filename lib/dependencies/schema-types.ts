import type { FastifyTypeProvider } from 'fastify'
/** @ts-ignore typebox is an optional peer: where it is not installed, no schema is one of TypeBox 1. */
import type { Static } from 'typebox'

/**
 * The type provider of dependencies, unless `dependency.withTypeProvider()` names another one. It types the
 * parts of a request by schemas that carry their types: Standard Schemas (zod, valibot, ArkType and others),
 * and schemas of TypeBox 1 and of `@sinclair/typebox`. A part with another schema is unknown.
 */
export interface SchemaTypes extends FastifyTypeProvider {
  validator: SchemaOutput<this['schema']>
}

/** The value that a schema gives once it has validated, and maybe transformed, its input. */
type SchemaOutput<Schema> =
  Schema extends { '~standard': { types?: { output: infer Output } | undefined } } ? Output
    : Schema extends { static: infer Output } ? Output
      : Schema extends { '~kind': string } | { '~unsafe': unknown } ? UnlessAny<Static<Schema>>
        : unknown

/** `Static` is any if typebox cannot be resolved: unknown makes that seen. */
type UnlessAny<Type> = 0 extends (1 & Type) ? unknown : Type
