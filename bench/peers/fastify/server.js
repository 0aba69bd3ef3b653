// The blog in Fastify 5 with @fastify/postgres, as their documentation shows: schemas for what comes and what goes.
import { randomUUID } from 'node:crypto'
import helmet from '@fastify/helmet'
import jwt from '@fastify/jwt'
import postgres from '@fastify/postgres'
import rateLimit from '@fastify/rate-limit'
import Fastify from 'fastify'

const app = Fastify({ logger: true, genReqId: () => randomUUID() })
app.addHook('onRequest', async (request, reply) => {
  reply.header('x-request-id', request.id)
})
await app.register(helmet)
await app.register(rateLimit, { max: Number(process.env.BUDGET), timeWindow: '15 minutes' })
await app.register(jwt, { secret: process.env.TOKEN_SECRET })
await app.register(postgres, { connectionString: process.env.DATABASE_URL, max: 20 })

const time = { type: 'string', format: 'date-time' }
const user = {
  type: 'object',
  properties: { id: { type: 'integer' }, name: { type: 'string' }, created_at: time, post_count: { type: 'integer' } },
}
const post = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    user_id: { type: 'integer' },
    title: { type: 'string' },
    content: { type: 'string', nullable: true },
    published_at: { ...time, nullable: true },
    created_at: time,
  },
}
const postWithUser = { type: 'object', properties: { ...post.properties, user } }
const list = (items) => ({ type: 'object', properties: { items: { type: 'array', items } } })
const page = {
  type: 'object',
  properties: { limit: { type: 'integer', minimum: 1, maximum: 100, default: 20 }, before: time },
}
const FIELDS = 'posts.id, posts.user_id, posts.title, posts.content, posts.published_at, posts.created_at'

app.get('/api/v1/hello', {
  schema: { response: { 200: { type: 'object', properties: { message: { type: 'string' } } } } },
}, async () => ({ message: 'Hello' }))

app.get('/api/v1/posts/:id', {
  schema: {
    params: { type: 'object', properties: { id: { type: 'integer', minimum: 1, maximum: 2147483647 } } },
    response: { 200: post },
  },
}, async (request, reply) => {
  let caller = null
  if (request.headers.authorization) {
    await request.jwtVerify()
    caller = Number(request.user.sub)
  }
  const { rows } = await app.pg.query({
    name: 'post',
    text: `SELECT ${FIELDS} FROM posts WHERE id = $1 AND (published_at IS NOT NULL OR user_id = $2)`,
    values: [request.params.id, caller],
  })
  if (rows.length === 0) return reply.code(404).send({ message: 'There is no such post' })
  return rows[0]
})

app.get('/api/v1/posts', { schema: { querystring: page, response: { 200: list(post) } } }, async (request) => {
  const { limit, before = 'infinity' } = request.query
  const { rows } = await app.pg.query({
    name: 'posts',
    text: `SELECT ${FIELDS} FROM posts WHERE published_at IS NOT NULL AND created_at < $1
           ORDER BY created_at DESC, id DESC LIMIT $2`,
    values: [before, limit],
  })
  return { items: rows }
})

app.get('/api/v1/feed', { schema: { querystring: page, response: { 200: list(postWithUser) } } }, async (request) => {
  const { limit, before = 'infinity' } = request.query
  const { rows } = await app.pg.query({
    name: 'feed',
    text: `SELECT ${FIELDS}, users.name, users.created_at AS joined_at, users.post_count
           FROM posts JOIN users ON users.id = posts.user_id
           WHERE published_at IS NOT NULL AND posts.created_at < $1
           ORDER BY posts.created_at DESC, posts.id DESC LIMIT $2`,
    values: [before, limit],
  })
  return {
    items: rows.map(({ name, joined_at, post_count, ...rest }) => ({
      ...rest,
      user: { id: rest.user_id, name, created_at: joined_at, post_count },
    })),
  }
})

app.post('/api/v1/posts', {
  schema: {
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['user_id', 'title'],
      properties: {
        user_id: { type: 'integer', minimum: 1, maximum: 2147483647 },
        title: { type: 'string', minLength: 1, maxLength: 255 },
        content: { type: 'string', nullable: true },
        published_at: { ...time, nullable: true },
      },
    },
    response: { 201: post },
  },
}, async (request, reply) => {
  const { user_id, title, content = null, published_at = null } = request.body
  const { rows } = await app.pg.query({
    name: 'create',
    text: `INSERT INTO posts (user_id, title, content, published_at) VALUES ($1, $2, $3, $4) RETURNING ${FIELDS}`,
    values: [user_id, title, content, published_at],
  })
  return reply.code(201).send(rows[0])
})

app.get('/api/v1/users', {
  schema: {
    querystring: {
      type: 'object',
      properties: { limit: { type: 'integer', minimum: 1, maximum: 100, default: 100 } },
    },
    response: { 200: list(user) },
  },
}, async (request) => {
  const { rows } = await app.pg.query({
    name: 'users',
    text: 'SELECT id, name, created_at, post_count FROM users ORDER BY post_count DESC, id DESC LIMIT $1',
    values: [request.query.limit],
  })
  return { items: rows }
})

await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
