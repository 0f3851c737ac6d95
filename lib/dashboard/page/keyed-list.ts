/** An element for an item, which is updated as long as there is an item with the same key. */
export interface ItemView<Item> {
  readonly element: Element
  update (item: Item): void
}

/** Children of an element, one for each item, after those that it has. Those that stay are not made anew. */
export class KeyedList<Item, ViewOfItem extends ItemView<Item> = ItemView<Item>> {
  readonly #parent: Element
  readonly #before: Element | null
  readonly #keyOf: (item: Item) => string
  readonly #make: (item: Item) => ViewOfItem
  #views = new Map<string, ViewOfItem>()

  constructor (parent: Element, keyOf: (item: Item) => string, make: (item: Item) => ViewOfItem) {
    this.#parent = parent
    this.#before = parent.lastElementChild
    this.#keyOf = keyOf
    this.#make = make
  }

  get views (): Iterable<ViewOfItem> {
    return this.#views.values()
  }

  update (items: readonly Item[]): void {
    const views = new Map<string, ViewOfItem>()
    for (const item of items) {
      let key = this.#keyOf(item)
      // Two events of one moment may be alike.
      while (views.has(key)) key += '+'
      const view = this.#views.get(key) ?? this.#make(item)
      view.update(item)
      views.set(key, view)
    }
    for (const [key, { element }] of this.#views) if (!views.has(key)) element.remove()
    this.#views = views
    let next = this.#before === null ? this.#parent.firstElementChild : this.#before.nextElementSibling
    for (const { element } of views.values()) {
      if (element === next) next = next.nextElementSibling
      else this.#parent.insertBefore(element, next)
    }
  }
}
