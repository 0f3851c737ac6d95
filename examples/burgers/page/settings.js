const names = ['customers', 'cooks', 'waiting', 'cooking']

/** The sliders, and the code in which their values stand. `changed` is called when one has been moved. */
export class Settings {
  #form
  #changed

  constructor (form, changed) {
    this.#form = form
    this.#changed = changed
    form.addEventListener('input', () => this.#show())
  }

  /** As the server has it; what was set stays when the page connects again. */
  limit (limits, processors) {
    for (const [name, { minimum, maximum, default: first }] of Object.entries(limits)) {
      const input = this.#form.elements[name]
      input.min = minimum
      input.max = maximum
      if (input.disabled) input.value = first
      input.disabled = false
    }
    document.getElementById('cooks-hint').textContent =
      `Each is a thread. This machine has ${processors} processor${processors === 1 ? '' : 's'} for them.`
    this.#show()
  }

  get values () {
    return Object.fromEntries(names.map((name) => [name, Number(this.#form.elements[name].value)]))
  }

  #show () {
    const { waiting, cooking } = this.values
    for (const output of this.#form.querySelectorAll('output')) {
      const { value } = this.#form.elements[output.htmlFor]
      output.textContent = output.dataset.unit ? `${value} ${output.dataset.unit}` : value
    }
    const texts = { waiting, cooking, whole: waiting + cooking }
    for (const span of document.querySelectorAll('[data-setting]')) {
      span.textContent = texts[span.dataset.setting]
    }
    this.#changed()
  }
}
