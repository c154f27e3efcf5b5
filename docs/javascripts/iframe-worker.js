/* Browsers start no worker from a file:// page. There the search runs in a hidden frame instead. */
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super()
      this.frame = document.createElement("iframe")
      this.frame.hidden = true
      document.body.append(this.frame)
      const inside = this.frame.contentWindow
      const base = new URL(url, document.baseURI)
      const load = target => new Promise((resolve, reject) => {
        const script = inside.document.createElement("script")
        script.src = new URL(target, base)
        script.onload = resolve
        script.onerror = () => reject(new Error(`cannot load ${script.src}`))
        inside.document.body.append(script)
      })
      inside.importScripts = (...targets) =>
        targets.reduce((before, target) => before.then(() => load(target)), Promise.resolve())
      inside.postMessage = data => this.dispatchEvent(new MessageEvent("message", { data }))
      this.ready = load(base)
    }
    postMessage(data) {
      this.ready.then(() => this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data })))
    }
    terminate() {
      this.frame.remove()
    }
  }
}
