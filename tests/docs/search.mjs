// Asks the search of a built site: node search.mjs <site>, words as a JSON list on standard input.
import { readFileSync, readdirSync } from "node:fs"

const site = process.argv[2]
const workers = `${site}/assets/javascripts/workers`
const worker = readFileSync(`${workers}/${readdirSync(workers).find((name) => /^search\..*\.js$/.test(name))}`, "utf8")
// as in a browser's worker: messages come in by an event and go out by postMessage
const answers = []
class WorkerGlobalScope {
  addEventListener(_, listener) { this.listener = listener }
  postMessage(message) { answers.push(message) }
}
const scope = new WorkerGlobalScope()
new Function("self", "WorkerGlobalScope", worker)(scope, WorkerGlobalScope)
const tell = (message) => (scope.listener({ data: message }), answers.pop())
const { docs, config } = JSON.parse(readFileSync(`${site}/search/search_index.json`, "utf8"))
if (tell({ type: 0, data: { docs, config, options: {} } }).type !== 1) throw new Error("the search does not say that it is ready")
const found = {}
for (const words of JSON.parse(readFileSync(0, "utf8"))) {
  const answer = tell({ type: 2, data: words })
  found[words] = answer.data.items.map((sections) => sections.map((s) => ({ location: s.location, title: s.title, text: s.text })))
}
console.log(JSON.stringify(found))
