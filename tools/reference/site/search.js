// The search of the site, in place of the theme's own: that one cuts Chinese at words it cannot know without a
// dictionary, and drops the last character of what was typed. This one looks for the very characters, so 低保 finds
// 低保 and nothing else. Only a longer Chinese word that stands nowhere is looked for by its pairs: 预警消失 finds 预警为何消失.
// An English word is looked for from its beginning; capitals and full-width forms do not matter.
//
// Messages are those of the theme: {type: 0, data: {docs}} gives the pages and is answered {type: 1}; {type: 2, data:
// "words"} asks and is answered {type: 3, data: {items}}, a list of pages, each a list of its sections, best first.
(function (scope) {
  "use strict"
  const MOST_PAGES = 50
  const AROUND = 70 // characters shown on each side of the first hit
  const OPENING = 30 // characters at the head of a page that say in Chinese what it is about
  let sections = []

  const plain = (html) =>
    html
      .replace(/<[^>]*>/g, " ")
      .replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&quot;/g, '"').replace(/&#39;/g, "'")
      .replace(/&amp;/g, "&")
      .replace(/\s+/g, " ")
      .trim()
  // one character stays one character, so that a place in the one is the same place in the other
  const folded = (text) => Array.from(text, (c) => { const f = c.normalize("NFKC").toLowerCase(); return f.length === c.length ? f : c }).join("")
  const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;")

  function setup(docs) {
    sections = docs.map((doc) => {
      const title = plain(doc.title), text = plain(doc.text)
      return { location: doc.location, page: doc.location.split("#")[0], title, text, titleKey: folded(title), textKey: folded(text) }
    })
  }

  // "a phrase" stays together; other words stand for themselves
  function wordsOf(query) {
    const found = []
    for (const match of folded(query).matchAll(/"([^"]+)"|[^\s"]+/g)) {
      const word = (match[1] || match[0]).trim()
      if (word && !found.includes(word)) found.push(word)
    }
    return found
  }

  // where a word stands: an English one from its beginning on, with or without the s of the plural
  function places(word, key) {
    const english = /^[a-z0-9]/.test(word)
    const stem = english && /^[a-z]{4,}s$/.test(word) ? word.slice(0, -1) : word
    const found = []
    for (let at = key.indexOf(stem); at >= 0; at = key.indexOf(stem, at + stem.length)) {
      if (english && at > 0 && /[a-z0-9]/.test(key[at - 1])) continue
      found.push([at, at + stem.length])
    }
    return found
  }

  function scoreOf(word, section, inTitle, inText) {
    const whole = inTitle.some(([from, to]) => !/[a-z0-9]/.test(section.titleKey[to] || " "))
    const title = inTitle.length ? 40 + (whole ? 20 : 0) + (section.titleKey === word ? 100 : 0) : 0
    const chinese = !/^[a-z0-9]/.test(word), head = !section.location.includes("#")
    const opens = chinese && head && inText.some(([from]) => from < OPENING)
    return title + (opens ? 40 : 0) + Math.min(inText.length, 10)
  }

  function read(section, words) {
    const hits = { titles: [], texts: [], score: 0, terms: {} }
    for (const word of words) {
      const inTitle = places(word, section.titleKey), inText = places(word, section.textKey)
      hits.terms[word] = inTitle.length + inText.length > 0
      hits.score += scoreOf(word, section, inTitle, inText)
      hits.titles.push(...inTitle)
      hits.texts.push(...inText)
    }
    return hits
  }

  function marked(text, spans, from, to) {
    let out = "", at = from
    for (const [start, end] of spans.sort((a, b) => a[0] - b[0])) {
      if (start < at || end > to) continue
      out += escaped(text.slice(at, start)) + "<mark>" + escaped(text.slice(start, end)) + "</mark>"
      at = end
    }
    return out + escaped(text.slice(at, to))
  }

  function shown(section, hits) {
    const first = hits.texts.length ? Math.min(...hits.texts.map(([start]) => start)) : 0
    const from = Math.max(0, first - AROUND), to = Math.min(section.text.length, first + 3 * AROUND)
    const text = (from > 0 ? "… " : "") + marked(section.text, hits.texts, from, to) + (to < section.text.length ? " …" : "")
    return { location: section.location, title: marked(section.title, hits.titles, 0, section.title.length), text, score: hits.score, terms: hits.terms }
  }

  function pairsOf(words) {
    return [...new Set(words.flatMap((word) => (/^[\u4e00-\u9fff]{4,}$/.test(word) ? Array.from(word.slice(1), (c, i) => word[i] + c) : [word])))]
  }

  function search(query) {
    const words = wordsOf(query)
    const found = searchFor(words)
    return found.length ? found : searchFor(pairsOf(words))
  }

  function searchFor(words) {
    if (!words.length) return []
    const pages = new Map()
    for (const section of sections) {
      const hits = read(section, words)
      const page = pages.get(section.page) || { found: [], terms: {}, head: null }
      pages.set(section.page, page)
      if (!section.location.includes("#")) page.head = { section, hits }
      if (hits.score > 0) page.found.push({ section, hits })
      for (const word of words) page.terms[word] = page.terms[word] || hits.terms[word]
    }
    const hit = [...pages.values()].filter((page) => page.found.length && page.head)
    // the pages with all words; where there is none, those with most of them
    const met = (page) => words.filter((word) => page.terms[word]).length
    const most = Math.max(...hit.map(met))
    const items = hit.filter((page) => met(page) === most).map((page) => {
      page.found.sort((a, b) => b.hits.score - a.hits.score)
      if (!page.found.includes(page.head)) page.found.push(page.head)
      const items = page.found.map(({ section, hits }) => shown(section, hits))
      for (const item of items) item.terms = page.terms
      const sum = items.reduce((total, item) => total + item.score, 0)
      const met = words.filter((word) => page.terms[word]).length
      return { items, score: 1000 * met + items[0].score + page.head.hits.score + Math.min(sum, 100) / 10 }
    })
    return items.sort((a, b) => b.score - a.score).slice(0, MOST_PAGES).map((page) => page.items)
  }

  function handle(message) {
    if (message.type === 0) {
      setup(message.data.docs)
      return { type: 1 }
    }
    return { type: 3, data: { items: search(message.data) } }
  }

  scope.hubSearch = handle
  if (typeof WorkerGlobalScope !== "undefined" && scope instanceof WorkerGlobalScope)
    scope.addEventListener("message", (event) => scope.postMessage(handle(event.data)))
})(typeof self === "undefined" ? globalThis : self)
