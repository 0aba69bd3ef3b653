// Opens the page of the documentation without a browser and prints, as JSON, what stands in it.
// Takes the files that were served: the page, its script and the document.
import { readFileSync } from "node:fs";
import { Window } from "happy-dom";

const [page, program, document] = ["docs.html", "docs.js", "openapi.json"].map((name) => readFileSync(name, "utf8"));
const settings = { disableJavaScriptFileLoading: true, disableCSSFileLoading: true, enableJavaScriptEvaluation: false };
const window = new Window({ url: "http://testserver/docs", settings });
window.document.write(page);
const errors = [];
const asked = [];
const fetched = async (address) => {
  asked.push(String(address));
  return { ok: true, status: 200, json: async () => JSON.parse(document) };
};
class Watcher { observe() {} }
const known = { window, document: window.document, location: window.location, fetch: fetched, IntersectionObserver: Watcher,
  getSelection: () => window.getSelection(), navigator: { clipboard: null }, performance, FormData: window.FormData, console };
process.on("unhandledRejection", (error) => errors.push(String(error)));
try {
  new Function(...Object.keys(known), program)(...Object.values(known));
} catch (error) {
  errors.push(String(error));
}
await new Promise((done) => setTimeout(done, 0));
for (let turns = 0; turns < 100 && window.document.querySelector("#page-main").getAttribute("aria-busy") === "true"; turns += 1) {
  await new Promise((done) => setTimeout(done, 10));
}
const all = (selector, from = window.document) => [...from.querySelectorAll(selector)];
const text = (node) => node?.textContent.replace(/\s+/g, " ").trim() ?? "";

const operations = all(".operation").map((node) => {
  for (const folds of [".refusals", ".response[open] > .fold"]) {
    for (const fold of all(folds, node)) { fold.open = true; fold.dispatchEvent(new window.Event("toggle")); }
  }
  node.querySelector(".path button").click();
  return {
    id: node.id, title: text(node.querySelector("h3")), path: text(node.querySelector(".path > code")),
    method: text(node.querySelector(".method")), access: text(node.querySelector(".access")),
    parameters: all(":scope > table tbody tr", node).map((row) => text(row.querySelector("code"))),
    statuses: all(".response > summary .status", node).map(text),
    examples: all(".card code", node).map((each) => each.textContent), curl: text(node.querySelector(".try code")),
    inputs: all(".try input, .try select, .try textarea", node).length,
    headers: all(".response td.header", node).map(text),
  };
});
const filter = window.document.querySelector("#page-filter");
filter.value = "batch";
filter.dispatchEvent(new window.Event("input"));
console.log(JSON.stringify({ title: window.document.title, intro: text(window.document.querySelector(".intro")), errors, asked,
  links: all("#page-groups a").map((each) => each.getAttribute("href")), matches: text(window.document.querySelector("#page-matches")),
  failure: text(window.document.querySelector(".failure")), operations }));
