import type { KeyObject, X509Certificate } from 'node:crypto'

/*
 * Types that make misuse of dependencies an error of compilation. They refuse only what fails on every
 * request: where a side, a lifetime or a value is not known, they allow.
 */

/** What these types read of a dependency. */
interface Declared<Value = unknown, Lifetime = unknown, Blocking = unknown> {
  readonly lifetime: Lifetime
  readonly blocking: Blocking | undefined
  readonly '~gives'?: () => Value
}

/** The value of a dependency, for a function on the side that `Blocking` says. */
export type ValueFor<One, Blocking extends boolean> =
  One extends Declared<infer Value, unknown, infer Side>
    ? IsOther<Side, Blocking> extends true ? Crossed<Value> : Value
    : never

/** Whether both sides are known, and different. */
type IsOther<Side, Blocking> = [Side, Blocking] extends [true, false] | [false, true] ? true : false

declare const origin: unique symbol

/**
 * A value that a dependency of the other side has made, and that cannot cross: a function, a symbol, a
 * socket, a stream, or another object with methods. It throws FST_BLOCKING_NOT_CLONEABLE when it is touched.
 * Run both on one side, or give plain data.
 */
export interface CannotCross<Value> {
  readonly [origin]: Value
}

type Crossed<Value> = 0 extends (1 & Value) ? Value
  : Value extends symbol | ((...args: never) => unknown) ? CannotCross<Value>
    : Value extends Crossing ? Value
      : HasMethod<Value> extends true ? CannotCross<Value> : Value

/** What crosses, though it has methods: see lib/wire/cloneable.ts. */
type Crossing = string | number | bigint | boolean | null | undefined | Date | RegExp | Error |
  ArrayBufferLike | ArrayBufferView | readonly unknown[] | ReadonlyMap<unknown, unknown> |
  ReadonlySet<unknown> | BlobLike | KeyObject | X509Certificate

/** A Blob of Node, or that of the DOM's types. */
interface BlobLike {
  readonly size: number
  readonly type: string
  arrayBuffer (): Promise<unknown>
}

/** Whether an object has a property that is surely a function: a method of its class, or one of its own. */
type HasMethod<Value> = true extends {
  [Name in keyof Value]: Name extends string
    ? string extends Name ? false
      : [Value[Name]] extends [never] ? false
          : Value[Name] extends (...args: never) => unknown ? true : false
    : false
}[keyof Value] ? true : false

/**
 * Refuses what one of lifetime "app" cannot name: dependencies that live for a request, or that are on the
 * other side. They fail the boot with FST_BLOCKING_DEPENDENCY_LIFETIME.
 */
export type OfApp<Own, Blocking extends boolean> = {
  readonly [Name in keyof Own]: Own[Name] extends Declared<unknown, infer Lifetime, infer Side>
    ? [Lifetime] extends ['request'] ? 'a dependency of lifetime "app"'
        : IsOther<Side, Blocking> extends true ? 'a dependency on the same side' : unknown
    : unknown
}
