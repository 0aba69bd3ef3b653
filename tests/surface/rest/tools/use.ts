// A user of the types made from the blog's document: what is right compiles, and each thing that is wrong does not.
import type { components, paths } from "./made";

type Created = paths["/api/v1/posts"]["post"]["requestBody"]["content"]["application/json"];
type Page = paths["/api/v1/posts"]["get"]["responses"]["200"]["content"]["application/json"];
type Query = NonNullable<paths["/api/v1/posts"]["get"]["parameters"]["query"]>;
type Batch = paths["/api/v1/posts/batch"]["post"]["requestBody"]["content"]["application/json"];
type Headers = paths["/api/v1/posts/{id}"]["patch"]["parameters"]["header"];
type Code = components["schemas"]["Error"]["error"]["code"];

export const created: Created = { title: "First", content: null };
export const page: Page = { items: [{ id: 1, title: "First", user: { id: 1, name: "Ada" } }], next: null, total: "10000+" };
export const query: Query = { sort: "-created_at", limit: 5, "created_at[gte]": "2026-01-31T10:30:00Z", user_id: 1 };
export const headers: Headers = { "Idempotency-Key": "once", "If-Match": '"a-b"' };
export const code: Code = "NOT_FOUND";
export const batch: Batch = { items: [{ do: "create", data: created }, { do: "delete", id: 1 }] };

// @ts-expect-error - a title is needed
export const untitled: Created = {};
// @ts-expect-error - a field that there is not
export const more: Created = { title: "First", nothing: 1 };
// @ts-expect-error - text where there is a number
export const texts: Page = { items: [{ id: "1" }], next: null };
// @ts-expect-error - an order that is not offered
export const unsorted: Query = { sort: "title" };
// @ts-expect-error - a code that there is not
export const unknown: Code = "WHATEVER";
// @ts-expect-error - a removal names its row
export const unnamed: Batch = { items: [{ do: "delete" }] };
