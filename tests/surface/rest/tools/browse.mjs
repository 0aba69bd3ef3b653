// Opens the page of the documentation in a real browser and prints, as JSON, what happened: takes its program and the address.
import { chromium } from "playwright-core";

const [,, executablePath, address] = process.argv;
const quiet = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-sandbox"];
const browser = await chromium.launch({ executablePath, args: quiet });
const found = { errors: [], asked: [] };
try {
  const page = await browser.newPage({ viewport: { width: 1400, height: 1000 }, reducedMotion: "reduce" });
  page.on("console", (message) => found.errors.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => found.errors.push(error.message));
  page.on("request", (request) => found.asked.push(request.url()));
  await page.goto(`${address}/docs#posts.create`);
  await page.waitForSelector(".operation");
  found.operations = await page.locator(".operation").evaluateAll((nodes) => nodes.map((node) => node.id));
  found.wide = await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
  await page.click("#page-signin");
  await page.fill("#page-email", "ada@example.com");
  await page.fill("#page-password", "SecurePass123!");
  await page.click("#page-login-form button[type=submit]");
  await page.waitForFunction(() => document.querySelector("#page-token").value !== "");
  const create = page.locator("[id='posts.create']");
  await create.locator(".path button").click();
  await create.locator("textarea").fill(JSON.stringify({ title: "From the page" }));
  await create.locator("form button.primary").click();
  found.outcome = await create.locator(".outcome .status").textContent();
  found.answer = await create.locator(".result .card code").first().textContent();
  await page.setViewportSize({ width: 390, height: 800 });
  found.narrow = await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
} finally {
  await browser.close();
}
console.log(JSON.stringify(found));
