// The API documentation page: reads /openapi.json and draws it. Text from the document
// only ever becomes text nodes and attributes, never markup.

const METHODS = ["get", "post", "put", "patch", "delete", "head", "options", "trace"];
const page = (id) => document.getElementById(`page-${id}`);
const token = page("token");
let doc = {};
let base = location.origin;

// ---- Elements ------------------------------------------------------------------------

function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (value == null || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  for (const child of children.flat(2)) if (child != null && child !== false) node.append(child);
  return node;
}

const JSON_TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|-?\b\d[\d.eE+-]*/g;

function paintJson(text) {
  const parts = [];
  let end = 0;
  for (const { 0: whole, 1: string, 2: colon, 3: word, index } of text.length < 60_000 ? text.matchAll(JSON_TOKEN) : []) {
    const kind = colon ? "key" : string ? "string" : word ? "word" : "number";
    parts.push(text.slice(end, index), el("span", { class: `json-${kind}` }, string ?? whole), colon);
    end = index + whole.length;
  }
  return [...parts, text.slice(end)];
}

function codeCard(title, content) {
  const code = el("code", {}, content);
  const copy = el("button", { type: "button", class: "copy", onclick: async () => {
    getSelection().selectAllChildren(code); // stays selected where the clipboard is out of reach
    await navigator.clipboard?.writeText(code.textContent);
    copy.textContent = navigator.clipboard ? "Copied" : "Selected";
    setTimeout(() => { copy.textContent = "Copy"; }, 1500);
  } }, "Copy");
  return el("figure", { class: "card" }, el("figcaption", {}, el("span", {}, title), copy),
    el("pre", { tabindex: "0", role: "region", "aria-label": title }, code));
}

const show = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2) ?? "");

// Of Markdown, what descriptions use most: paragraphs, list items, `code`, **bold**.
function prose(text, className = "prose") {
  const inline = (block) => block.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part) => (part.startsWith("`")
    ? el("code", {}, part.slice(1, -1)) : part.startsWith("**") ? el("strong", {}, part.slice(2, -2)) : part));
  const drawn = [];
  for (const block of String(text ?? "").trim().split(/\n\s*\n|\n(?=\s*[-*] )/).filter(Boolean)) {
    const item = /^\s*[-*] /;
    if (!item.test(block)) drawn.push(el("p", {}, inline(block)));
    else {
      if (drawn.at(-1)?.tagName !== "UL") drawn.push(el("ul", {}));
      drawn.at(-1).append(el("li", {}, inline(block.replace(item, ""))));
    }
  }
  return drawn.length > 0 && el("div", { class: className }, drawn);
}

// ---- Schemas -------------------------------------------------------------------------

const pointer = (ref) => ref.replace(/^#\/?/, "").split("/").filter(Boolean)
  .reduce((node, key) => node?.[decodeURIComponent(key).replace(/~1/g, "/").replace(/~0/g, "~")], doc);

// Follows $ref; keywords beside it (allowed in 3.1) win over the target's.
function resolve(node, refs = []) {
  if (!node || typeof node !== "object") return {};
  const { $ref, ...beside } = node;
  if (typeof $ref !== "string" || refs.includes($ref)) return beside;
  refs.push($ref);
  return resolve({ ...(pointer($ref) ?? { description: `Unresolved reference ${$ref}` }), ...beside }, refs);
}

// One plain view of a schema: references followed, allOf merged, "or null" taken out of unions and types.
function view(raw, depth = 0) {
  const refs = [];
  let schema = resolve(raw, refs);
  let name = refs[0]?.split("/").pop();
  if (depth > 8) return { schema: {}, types: [], refs, name, nullable: false };
  if (schema.allOf) {
    const { allOf, ...own } = schema;
    const parts = allOf.map((part) => view(part, depth + 1));
    if (parts.length === 1) name ??= parts[0].name;
    refs.push(...parts.flatMap((part) => part.refs));
    schema = [...parts.map((part) => part.schema), own].reduce((all, part) => ({ ...all, ...part,
      properties: { ...all.properties, ...part.properties },
      required: [...(all.required ?? []), ...(part.required ?? [])] }), {});
  }
  let variants = schema.oneOf ?? schema.anyOf;
  let nullable = schema.nullable === true;
  if (variants) {
    const real = variants.filter((option) => resolve(option).type !== "null");
    nullable ||= real.length < variants.length;
    variants = real;
    if (real.length === 1) {
      const only = view(real[0], depth + 1);
      const { oneOf, anyOf, ...own } = schema;
      ({ variants } = only);
      schema = { ...only.schema, ...own };
      nullable ||= only.nullable;
      name ??= only.name;
      refs.push(...only.refs);
    }
  }
  let types = [schema.type ?? (Object.keys(schema.properties ?? {}).length ? "object" : [])].flat();
  nullable ||= types.includes("null");
  types = types.filter((type) => type !== "null");
  return { schema, types, variants, nullable, name, refs };
}

function typeText({ schema, types, variants, nullable, name }, depth = 0) {
  let text = types.join(" or ") || (schema.enum || "const" in schema ? "value" : "any");
  if (depth > 4) text = "…";
  else if (types.includes("array") && schema.items) text = `array of ${typeText(view(schema.items), depth + 1)}`;
  else if (name) text = name;
  else if (schema.additionalProperties?.type || schema.additionalProperties?.$ref) {
    text = `map of ${typeText(view(schema.additionalProperties), depth + 1)}`;
  }
  else if (variants) text = variants.map((option) => typeText(view(option), depth + 1)).join(" or ");
  else if (schema.format) text += ` · ${schema.format}`;
  return nullable ? `${text} or null` : text;
}

// What a schema demands of a value, in short phrases.
function facts(schema, depth = 0) {
  const span = (low, high, unit) => low != null && high != null
    ? [low === high ? `exactly ${low} ${unit}` : `${low}–${high} ${unit}`]
    : [low != null && `at least ${low} ${unit}`, high != null && `at most ${high} ${unit}`];
  // The ends of 64 bits say no more than the format does, and a long pattern less than the description.
  const bound = (sign, key) => Number.isSafeInteger(Math.trunc(schema[key])) && `${sign} ${schema[key]}`;
  const pattern = schema.pattern?.length <= 40 && schema.pattern !== "^[^\\u0000]*$" && schema.pattern;
  const items = schema.items && depth < 2 ? facts(view(schema.items).schema, depth + 1) : [];
  return [
    ...span(schema.minLength, schema.maxLength, "characters"), ...span(schema.minItems, schema.maxItems, "items"),
    ...span(schema.minProperties, schema.maxProperties, "keys"), schema.uniqueItems && "no duplicates",
    bound("≥", "minimum"), bound(">", "exclusiveMinimum"), bound("≤", "maximum"), bound("<", "exclusiveMaximum"),
    bound("multiple of", "multipleOf"), pattern && `matches ${pattern}`,
    "const" in schema && `always ${JSON.stringify(schema.const)}`, schema.enum && `one of ${schema.enum.join(", ")}`,
    schema.default != null && `default ${JSON.stringify(schema.default)}`, ...items.map((fact) => `each ${fact}`),
  ].filter(Boolean);
}

// The view inside (nested) arrays, and whether it has anything beneath it to unfold.
function core(seen) {
  let inner = seen;
  for (let depth = 0; depth < 4 && inner.types.includes("array") && inner.schema.items; depth += 1) {
    const item = view(inner.schema.items);
    inner = { ...item, refs: [...inner.refs, ...item.refs] };
  }
  const { properties, additionalProperties: extra } = inner.schema;
  const deep = inner.variants?.length > 1 || Object.keys(properties ?? {}).length > 0 || Boolean(extra && typeof extra === "object");
  return { ...inner, deep };
}

function property(name, raw, required, trail, open = false) {
  const seen = view(raw);
  const { schema } = seen;
  const inner = core(seen);
  const loops = inner.refs.some((ref) => trail.includes(ref));
  const flags = { required, "read only": schema.readOnly, "write only": schema.writeOnly, deprecated: schema.deprecated };
  const limits = facts(schema);
  return el("li", {},
    el("div", { class: "field" }, name && el("code", { class: "name" }, name), el("span", { class: "type" }, typeText(seen)),
      Object.entries(flags).filter(([, on]) => on).map(([flag]) => el("span", { class: `flag ${flag.split(" ")[0]}` }, flag))),
    prose(schema.description),
    limits.length > 0 && el("ul", { class: "facts" }, limits.map((fact) => el("li", {}, fact))),
    inner.deep && (loops ? el("p", { class: "soft" }, `Recursive: the same fields as ${inner.name} above.`)
      : folded(inner.variants ? "Alternatives" : `Fields of ${inner.name ?? name ?? "this value"}`, () => tree(inner, trail), open)));
}

// A disclosure that draws its content the first time it opens.
function folded(summary, draw, open = false, className = "fold") {
  const node = el("details", { class: className }, el("summary", {}, summary));
  const fill = () => { if (node.childElementCount === 1) node.append(...[draw()].flat().filter(Boolean)); };
  node.addEventListener("toggle", fill);
  if (open) { node.open = true; fill(); }
  return node;
}

function tree(inner, trail = []) {
  const { schema, variants, refs } = inner;
  const path = [...trail, ...(refs.length ? refs : ["inline"])];
  const named = Object.entries(schema.properties ?? {});
  const envelope = trail.length === 0 && named.length < 4; // a page of items, say: show the items at once
  const rows = named.map(([name, raw]) => property(name, raw, schema.required?.includes(name), path, envelope));
  const extra = schema.additionalProperties;
  if (extra && typeof extra === "object") rows.push(property("any other key", extra, false, path));
  const options = (variants?.length > 1 ? variants : [])
    .map((option) => property(view(option).name ? null : resolve(option).title, option, false, path));
  const by = schema.discriminator && `, told apart by ${schema.discriminator.propertyName}`;
  return [options.length > 0 && el("p", { class: "soft" }, "One of", by),
    options.length > 0 && el("ul", { class: "tree" }, options), rows.length > 0 && el("ul", { class: "tree" }, rows)];
}

function schemaBlock(raw) {
  if (!raw) return el("p", { class: "soft" }, "No schema is given.");
  const seen = view(raw);
  const inner = core(seen);
  if (!inner.deep) return el("ul", { class: "tree" }, property(null, raw, false, []));
  return [el("p", { class: "type root" }, typeText(seen)), prose(seen.schema.description), tree(inner)];
}

const FORMATS = { "date-time": "2025-01-31T09:30:00Z", date: "2025-01-31", time: "09:30:00Z", email: "ada@example.com",
  uuid: "3fa85f64-5717-4562-b3fc-2c963f66afa6", uri: "https://example.com", password: "correct horse battery" };

// An example value made from a schema; undefined where a recursive schema would go round again.
function sample(raw, writing, trail = []) {
  const { schema, types, variants, refs } = view(raw);
  const given = [schema.example, schema.examples?.[0], schema.const, schema.default, schema.enum?.[0]];
  const found = given.find((value) => value !== undefined);
  if (found !== undefined) return found;
  if (trail.length > 5 || refs.some((ref) => trail.includes(ref))) return undefined;
  const path = [...trail, ...refs];
  if (variants?.length) return sample(variants[0], writing, path);
  if (types.includes("object")) {
    const hidden = writing ? "readOnly" : "writeOnly";
    const kept = Object.entries(schema.properties ?? {}).filter(([, child]) => !view(child).schema[hidden]);
    return Object.fromEntries(kept.map(([name, child]) => [name, sample(child, writing, path)]));
  }
  if (types.includes("array")) return [sample(schema.items, writing, path)].filter((item) => item !== undefined);
  if (types.includes("string")) return FORMATS[schema.format] ?? "string";
  if (types.includes("boolean")) return true;
  return types.length ? schema.minimum ?? 1 : null;
}

function examplesOf(media, writing) {
  const named = Object.entries(media.examples ?? {}).map(([name, raw]) => [resolve(raw).summary ?? name, resolve(raw).value]);
  if (media.example !== undefined) return [["Example", media.example]];
  return named.length ? named : [["Example", media.schema && sample(media.schema, writing)]];
}

// ---- Operations ----------------------------------------------------------------------

function collect() {
  return Object.entries(doc.paths).flatMap(([path, raw]) => {
    const item = resolve(raw);
    return METHODS.filter((method) => item[method] && !(method === "head" && item.get)).map((method) => {
      const op = item[method];
      const all = [...(item.parameters ?? []), ...(op.parameters ?? [])].map((parameter) => resolve(parameter));
      const parameters = [...new Map(all.map((each) => [`${each.in} ${each.name}`, each])).values()].map((each) => (
        { ...each, schema: each.schema ?? Object.values(each.content ?? {})[0]?.schema ?? {} }));
      return { ...op, method, path, parameters, body: op.requestBody && resolve(op.requestBody),
        id: op.operationId ?? `${method}${path.replace(/[^\w]+/g, "-")}`, tag: op.tags?.[0] ?? "Other",
        title: op.summary ?? `${method.toUpperCase()} ${path}`, security: op.security ?? doc.security,
        beside: method === "get" && item.head ? "HEAD" : "" };
    });
  });
}

const badge = (method) => el("span", { class: `method ${method}` }, method === "delete" ? "DEL" : method.toUpperCase());
const pathParts = (path) => path.split(/(\{[^}]+\})/).map((part) => (part.startsWith("{") ? el("em", {}, part) : part));

function accessWords(op) {
  const scheme = ([name, scopes]) => {
    const { scheme: word, in: place, name: carrier, "x-scheme": own } = resolve(doc.components?.securitySchemes?.[name]);
    const kind = word === "bearer" ? "bearer token" : own ? `token after ${own}` : place === "cookie" ? `cookie ${carrier}` : name;
    return scopes.length ? `${kind} (${scopes.join(", ")})` : kind;
  };
  const ways = (op.security ?? []).map((way) => Object.entries(way).map(scheme).join(" and ")).filter(Boolean);
  const verb = ways.length < op.security?.length ? "Takes" : "Needs"; // an empty way means that none is needed
  return el("p", { class: "access" },
    op["x-access"] && el("span", { class: "words" }, op["x-access"]),
    op.security && el("span", { class: "soft" }, ways.length ? `${verb} a ${ways.join(" or a ")}` : "No token needed"),
    op.beside && el("span", { class: "soft" }, `Also answers ${op.beside}, without the body`),
    op.deprecated && el("span", { class: "flag deprecated" }, "deprecated"));
}

function valuesTable(caption, columns, rows) {
  const head = columns.map((column) => el("th", { scope: "col" }, column));
  const cells = (row) => row.map((cell, index) => el("td", { class: columns[index].toLowerCase() }, cell));
  return el("table", {}, el("caption", { class: "unseen" }, caption), el("thead", {}, el("tr", {}, head)),
    el("tbody", {}, rows.map((row) => el("tr", {}, cells(row)))));
}

const about = (item) => {
  const { schema } = view(item.schema);
  const limits = facts(schema);
  return [prose(item.description ?? schema.description), item.deprecated && el("span", { class: "flag deprecated" }, "deprecated"),
    limits.length > 0 && el("ul", { class: "facts" }, limits.map((fact) => el("li", {}, fact)))];
};

// A schema beside its examples, once for each media type.
function contentBlock(content, writing) {
  return Object.entries(content ?? {}).map(([type, media]) => el("div", { class: "pair" },
    el("div", {}, el("p", { class: "media" }, type), schemaBlock(media.schema)),
    el("div", {}, examplesOf(media, writing).filter(([, value]) => value != null)
      .map(([label, value]) => codeCard(label, paintJson(show(value)))))));
}

function responseBlock([status, raw], open) {
  const response = resolve(raw);
  const headers = Object.entries(response.headers ?? {}).map(([name, header]) => [name, resolve(header)]);
  const title = [el("span", { class: `status s${status[0]}` }, status), " ", prose(response.description, "inline")];
  return folded(title, () => [
    ...contentBlock(response.content, false),
    !response.content && el("p", { class: "soft" }, "No body."),
    headers.length > 0 && folded(`Headers: ${headers.map(([name]) => name).join(", ")}`, () => valuesTable("Response headers",
      ["Header", "Example", "Description"], headers.map(([name, header]) => [el("code", {}, name),
        header.example == null ? typeText(view(header.schema)) : el("code", {}, String(header.example)), about(header)]))),
  ], open, "response");
}

// Answers first; the many ways to be refused, which are the same nearly everywhere, in one fold.
function responseBlocks(responses) {
  const fine = responses.filter(([status]) => /^[123]/.test(status));
  const refused = responses.filter((response) => !fine.includes(response));
  const list = (some) => some.map((response) => responseBlock(response, response === fine[0]));
  if (fine.length === 0 || refused.length < 4) return list(responses);
  return [list(fine), folded(`Refusals: ${refused.map(([status]) => status).join(", ")}`, () => list(refused), false, "refusals")];
}

// What the operation's own line says already is not said again below it.
const unsaid = (op) => op["x-access"] && op.description
  ? op.description.split("\n\n").filter((part) => !part.endsWith(`: ${op["x-access"]}.`)).join("\n\n") : op.description;


function operation(op) {
  const responses = Object.entries(op.responses ?? {});
  const panel = el("div", { id: `${op.id}--try`, class: "try", hidden: true });
  const toggle = el("button", { type: "button", "aria-expanded": "false", "aria-controls": panel.id, onclick: () => {
    if (!panel.hasChildNodes()) panel.append(tryPanel(op));
    panel.hidden = !panel.hidden;
    toggle.setAttribute("aria-expanded", String(!panel.hidden));
  } }, "Try it", el("span", { class: "unseen" }, `: ${op.title}`));
  return el("section", { id: op.id, class: "operation", "aria-labelledby": `${op.id}--title` },
    el("div", { class: "heading" }, el("h3", { id: `${op.id}--title` }, op.title),
      el("a", { class: "anchor", href: `#${encodeURIComponent(op.id)}`, "aria-label": `Link to ${op.title}` }, `#${op.id}`)),
    el("div", { class: "path" }, badge(op.method), el("code", {}, pathParts(op.path)), toggle),
    accessWords(op), prose(unsaid(op)), panel,
    op.parameters.length > 0 && [el("h4", {}, "Parameters"), valuesTable("Parameters",
      ["Name", "In", "Type", "Required", "Description"], op.parameters.map((each) => [el("code", {}, each.name), each.in,
        typeText(view(each.schema)), each.required ? el("span", { class: "flag required" }, "required") : "optional", about(each)]))],
    op.body && [el("h4", {}, "Request body", !op.body.required && el("span", { class: "soft" }, " optional")),
      prose(op.body.description), contentBlock(op.body.content, true)],
    responses.length > 0 && el("h4", {}, "Responses"),
    responseBlocks(responses));
}

// ---- Try it --------------------------------------------------------------------------

const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const bearer = () => token.value.trim().replace(/^bearer\s+/i, "");
// The word before the token, which the document may have one of its own for.
const word = (op) => (op.security ?? []).flatMap(Object.keys)
  .map((name) => resolve(doc.components?.securitySchemes?.[name])["x-scheme"]).find(Boolean) ?? "Bearer";
const wantsToken = (op) => !(op.security && op.security.length === 0); // [] says: open to everyone
const labelled = (text, hint, input) => el("label", { class: "input" }, el("span", {}, text, " ", el("i", {}, hint)), input);

function parameterField(parameter) {
  const { schema, types } = view(parameter.schema);
  const { required } = parameter;
  const given = parameter.example ?? schema.example ?? schema.examples?.[0] ?? schema.default;
  const choices = types.includes("boolean") ? [true, false] : schema.enum;
  const input = choices
    ? el("select", { required }, el("option", { value: "" }, "—"), choices.map((choice) => (
      el("option", { value: String(choice), selected: required && choice === given }, String(choice)))))
    : el("input", { required, autocomplete: "off", spellcheck: "false", value: required && given != null && String(given),
      placeholder: types.includes("array") ? "comma separated" : String(given ?? schema.format ?? "") });
  return { parameter, input, list: types.includes("array"), node: labelled(parameter.name, parameter.in, input) };
}

function bodyField(body) {
  const media = Object.entries(body.content ?? {});
  const [type, content] = media.find(([name]) => name.includes("json")) ?? media[0] ?? ["application/json", {}];
  if (type.startsWith("multipart/")) {
    return { node: el("p", { class: "soft" }, `A ${type} body cannot be sent from this page; add -F 'name=@file' to the curl command.`) };
  }
  const example = examplesOf(content, true)[0][1];
  const text = type.includes("urlencoded") && Object(example) === example ? String(new URLSearchParams(example)) : show(example);
  const input = el("textarea", { spellcheck: "false", rows: "10", required: body.required }, text);
  return { type, input, node: labelled("Body", type, input) };
}

function buildRequest(op, fields, editor) {
  let { path } = op;
  const query = new URLSearchParams();
  const headers = {};
  for (const { parameter, input, list } of fields) {
    const { name, in: place, explode } = parameter;
    if (input.value === "") continue;
    if (place === "path") path = path.replaceAll(`{${name}}`, () => encodeURIComponent(input.value));
    else if (place === "header") headers[name] = input.value;
    else if (list && explode !== false) for (const item of input.value.split(",")) query.append(name, item.trim());
    else query.append(name, input.value);
  }
  const body = editor?.input?.value || undefined;
  if (body) headers["Content-Type"] = editor.type;
  if (bearer() && wantsToken(op)) headers.Authorization = `${word(op)} ${bearer()}`;
  const method = op.method.toUpperCase();
  const url = `${base}${path}${query.size ? `?${query}` : ""}`;
  const verb = { GET: "", HEAD: " --head" }[method] ?? ` -X ${method}`;
  const unset = !bearer() && op.security?.length > 0 && `-H "Authorization: ${word(op)} $TOKEN"`;
  const command = [`curl${verb} ${quote(url)}`, unset,
    ...Object.entries(headers).map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`), body && `--data-raw ${quote(body)}`];
  return { url, options: { method, headers, body }, command: command.filter(Boolean).join(" \\\n  ") };
}

async function answer({ url, options }) {
  const started = performance.now();
  const response = await fetch(url, options);
  let text = await response.text();
  const took = `${Math.round(performance.now() - started)} ms`;
  try { text = paintJson(JSON.stringify(JSON.parse(text), null, 2)); } catch { /* not JSON: shown as it came */ }
  const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  const status = el("span", { class: `status s${String(response.status)[0]}` }, `${response.status} ${response.statusText}`);
  return [el("p", { class: "outcome" }, status, el("span", {}, took)),
    text.length ? codeCard("Response body", text) : el("p", { class: "soft" }, "The response has no body."),
    folded("Response headers", () => codeCard("Headers", headers))];
}

function tryPanel(op) {
  const fields = op.parameters.filter((parameter) => parameter.in !== "cookie").map(parameterField);
  const editor = op.body && bodyField(op.body);
  const curl = codeCard("curl", "");
  const refresh = () => { curl.querySelector("code").textContent = buildRequest(op, fields, editor).command; };
  const result = el("div", { class: "result", "aria-live": "polite" });
  const send = el("button", { class: "primary" }, "Send");
  const onsubmit = async (event) => {
    event.preventDefault();
    send.disabled = true;
    const shown = await answer(buildRequest(op, fields, editor)).catch((error) => (
      [el("p", { class: "problem" }, `The request could not be sent: ${error.message}`)]));
    result.replaceChildren(...shown);
    send.disabled = false;
  };
  token.addEventListener("input", refresh);
  refresh();
  return el("form", { class: "pair", onsubmit, oninput: refresh, "aria-label": `Try ${op.title}` },
    el("div", { class: "inputs" }, fields.map((field) => field.node), editor?.node, send), el("div", {}, curl, result));
}

// ---- The page ------------------------------------------------------------------------

function setUpSession(login) {
  const dialog = page("login");
  const form = page("login-form");
  const problem = page("login-error");
  const setToken = (value) => { token.value = value; token.dispatchEvent(new Event("input")); };
  token.addEventListener("input", () => { page("forget").hidden = token.value === ""; });
  page("forget").addEventListener("click", () => { setToken(""); token.focus(); });
  page("signin").hidden = !login;
  page("signin").addEventListener("click", () => dialog.showModal());
  page("login-cancel").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => { form.reset(); problem.textContent = ""; });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.textContent = "";
    try {
      const response = await fetch(base + login.path, { method: login.method.toUpperCase(),
        headers: { "Content-Type": "application/json" }, body: JSON.stringify(Object.fromEntries(new FormData(form))) });
      const reply = await response.json().catch(() => ({}));
      const found = [reply, ...Object.values(reply)].map((each) => each?.access_token ?? each?.accessToken).find(Boolean);
      if (!found) throw new Error(reply.error?.message ?? `the server answered ${response.status}`);
      setToken(found);
      dialog.close();
    } catch (error) {
      problem.textContent = `Could not sign in: ${error.message}`;
    }
  });
}

function setUpNavigation(entries) {
  const nav = page("nav");
  const filter = page("filter");
  const open = (on) => { nav.classList.toggle("open", on); page("menu").setAttribute("aria-expanded", String(on)); };
  page("menu").addEventListener("click", () => open(!nav.classList.contains("open")));
  nav.addEventListener("click", (event) => { if (event.target.closest("a")) open(false); });
  filter.addEventListener("input", () => {
    const words = filter.value.toLowerCase().split(/\s+/);
    for (const { link, text } of entries) link.parentNode.hidden = !words.every((word) => text.includes(word));
    for (const group of nav.querySelectorAll("section")) group.hidden = !group.querySelector("li:not([hidden])");
    const left = entries.filter(({ link }) => !link.parentNode.hidden).length;
    page("matches").textContent = filter.value && (left ? `${left} of ${entries.length} operations` : "No operation matches");
  });
  filter.addEventListener("keydown", (event) => {
    if (event.key === "Enter") entries.find(({ link }) => !link.parentNode.hidden)?.link.click();
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select");
    if (event.key === "Escape") open(false);
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    open(true);
    filter.select();
  });
  const watcher = new IntersectionObserver((seen) => {
    const id = seen.find((entry) => entry.isIntersecting)?.target.id;
    for (const { link, op } of id === undefined ? [] : entries) link.ariaCurrent = op.id === id ? "location" : null;
  }, { rootMargin: "-15% 0px -80% 0px" });
  for (const { op } of entries) watcher.observe(document.getElementById(op.id));
}

function draw() {
  const { title = "API reference", version, description, summary } = doc.info ?? {};
  document.title = `${title} · API reference`;
  page("title").textContent = title;
  page("version").textContent = version ?? "";
  const operations = collect();
  const tags = new Map((doc.tags ?? []).map((tag) => [tag.name, tag]));
  for (const { tag } of operations) if (!tags.has(tag)) tags.set(tag, { name: tag });
  const entries = [];
  const groups = [...tags.values()].map((tag) => ({ tag, ops: operations.filter((op) => op.tag === tag.name) }))
    .filter(({ ops }) => ops.length > 0);
  page("groups").replaceChildren(...groups.map(({ tag, ops }) => el("section", {}, el("h2", {}, tag.name),
    el("ul", {}, ops.map((op) => {
      const link = el("a", { href: `#${encodeURIComponent(op.id)}`, title: op.path }, badge(op.method), el("span", {}, op.title));
      entries.push({ link, op, text: `${op.method} ${op.path} ${op.title} ${op.id} ${op.tag}`.toLowerCase() });
      return el("li", {}, link);
    })))));
  page("main").replaceChildren(
    el("div", { class: "intro" }, prose(description ?? summary ?? `Every operation of ${title}.`),
      el("p", { class: "soft" }, "Base URL ", el("code", {}, base), " · ", el("a", { href: "/openapi.json" }, "OpenAPI document"))),
    ...groups.map(({ tag, ops }) => el("section", { class: "group", "aria-label": tag.name },
      el("h2", {}, tag.name), prose(tag.description), ops.map(operation))));
  setUpNavigation(entries);
  setUpSession(operations.find((op) => op.id === "auth.login"));
  if (location.hash) location.replace(location.hash); // the target did not exist when the browser first looked
}

async function start() {
  try {
    const response = await fetch("/openapi.json", { headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(`the server answered ${response.status} ${response.statusText}`.trim());
    doc = await response.json();
    if (!doc?.openapi || !doc.paths) throw new Error("it is not an OpenAPI 3 document");
    const server = new URL(doc.servers?.[0]?.url ?? "/", location.href);
    if (server.origin === location.origin) base = server.href.replace(/\/$/, ""); // other origins are out of the page's reach
    draw();
  } catch (error) {
    page("main").replaceChildren(el("div", { class: "failure", role: "alert" },
      el("h2", {}, "The API description could not be loaded"),
      el("p", {}, "This page reads ", el("a", { href: "/openapi.json" }, "/openapi.json"), `, but ${error.message}.`),
      el("button", { type: "button", class: "primary", onclick: start }, "Try again")));
  }
  page("main").setAttribute("aria-busy", "false");
}

start();
