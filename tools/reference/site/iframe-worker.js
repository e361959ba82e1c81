// A page that was opened from a folder (file://) may start no worker. Then the search runs in the page itself.
// The name is the one by which the theme's offline plugin knows that it need not fetch such a script from outside.
if (location.protocol === "file:")
  window.Worker = class extends EventTarget {
    constructor(url) {
      super()
      this.ready = new Promise((resolve, reject) => {
        const script = document.createElement("script")
        script.src = url
        script.onload = resolve
        script.onerror = () => reject(new Error(`${url} cannot be loaded`))
        document.head.append(script)
      })
    }
    async postMessage(message) {
      await this.ready
      this.dispatchEvent(new MessageEvent("message", { data: window.hubSearch(message) }))
    }
    terminate() {}
  }
