// Visits every page of the site in a real browser, searches it, and prints, as JSON, what happened: takes the browser's program,
// the address, and the pages.
import { chromium } from "playwright-core";

const [, , executablePath, address, ...pages] = process.argv;
const quiet = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-sandbox"];
const browser = await chromium.launch({ executablePath, args: quiet });
const found = { errors: [], asked: [], wide: [], results: [] };
try {
  const page = await browser.newPage({ viewport: { width: 390, height: 800 }, reducedMotion: "reduce" });
  page.on("console", (message) => found.errors.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => found.errors.push(error.message));
  page.on("request", (request) => found.asked.push(request.url()));
  for (const name of pages) {
    await page.goto(`${address}/${name}`, { waitUntil: "networkidle" });
    if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) found.wide.push(name);
  }
  await page.setViewportSize({ width: 1400, height: 900 });
  await page.click(".md-search__input");
  await page.locator(".md-search__input").pressSequentially("Idempotency"); // the page listens to keys
  await page.waitForSelector(".md-search-result__link", { state: "attached", timeout: 20_000 });
  found.results = await page.locator(".md-search-result__link").evaluateAll((links) => links.map((link) => link.pathname));
} finally {
  await browser.close();
}
console.log(JSON.stringify(found));
