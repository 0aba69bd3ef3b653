// The blog in Express 5 with pg, helmet, morgan, express-rate-limit, zod and jsonwebtoken, as their documentation shows.
import { createSecretKey, randomUUID } from 'node:crypto'
import express from 'express'
import { rateLimit } from 'express-rate-limit'
import helmet from 'helmet'
import jwt from 'jsonwebtoken'
import morgan from 'morgan'
import pg from 'pg'
import { z } from 'zod'

// A string would be tried as a public key at every call, which costs more than all else: hence a KeyObject.
const secret = createSecretKey(Buffer.from(process.env.TOKEN_SECRET))
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 20 })
const app = express()

app.use((request, response, next) => {
  request.id = randomUUID()
  response.setHeader('x-request-id', request.id)
  next()
})
app.use(morgan('combined'))
app.use(helmet())
app.use(rateLimit({ windowMs: 15 * 60 * 1000, limit: Number(process.env.BUDGET), standardHeaders: 'draft-8', legacyHeaders: false }))
app.use(express.json({ limit: '1mb' }))

const Id = z.coerce.number().int().min(1).max(2147483647)
const Page = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  before: z.iso.datetime({ offset: true }).default('infinity'),
})
const Top = z.object({ limit: z.coerce.number().int().min(1).max(100).default(100) })
const Draft = z.strictObject({
  user_id: z.int().min(1).max(2147483647),
  title: z.string().min(1).max(255),
  content: z.string().nullable().default(null),
  published_at: z.iso.datetime({ offset: true }).nullable().default(null),
})
const FIELDS = 'posts.id, posts.user_id, posts.title, posts.content, posts.published_at, posts.created_at'

function whoever (request, response, next) {
  const [scheme, token] = (request.get('authorization') ?? '').split(' ')
  request.caller = null
  if (scheme === '') return next()
  try {
    request.caller = Number(jwt.verify(token, secret, { algorithms: ['HS256'] }).sub)
  } catch {
    return response.status(401).json({ message: 'The token is not valid' })
  }
  next()
}

app.get('/api/v1/hello', (request, response) => {
  response.json({ message: 'Hello' })
})

app.get('/api/v1/posts/:id', whoever, async (request, response) => {
  const { rows } = await pool.query({
    name: 'post',
    text: `SELECT ${FIELDS} FROM posts WHERE id = $1 AND (published_at IS NOT NULL OR user_id = $2)`,
    values: [Id.parse(request.params.id), request.caller],
  })
  if (rows.length === 0) return response.status(404).json({ message: 'There is no such post' })
  response.json(rows[0])
})

app.get('/api/v1/posts', async (request, response) => {
  const { limit, before } = Page.parse(request.query)
  const { rows } = await pool.query({
    name: 'posts',
    text: `SELECT ${FIELDS} FROM posts WHERE published_at IS NOT NULL AND created_at < $1
           ORDER BY created_at DESC, id DESC LIMIT $2`,
    values: [before, limit],
  })
  response.json({ items: rows })
})

app.get('/api/v1/feed', async (request, response) => {
  const { limit, before } = Page.parse(request.query)
  const { rows } = await pool.query({
    name: 'feed',
    text: `SELECT ${FIELDS}, users.name, users.created_at AS joined_at, users.post_count
           FROM posts JOIN users ON users.id = posts.user_id
           WHERE published_at IS NOT NULL AND posts.created_at < $1
           ORDER BY posts.created_at DESC, posts.id DESC LIMIT $2`,
    values: [before, limit],
  })
  response.json({
    items: rows.map(({ name, joined_at, post_count, ...rest }) => ({
      ...rest,
      user: { id: rest.user_id, name, created_at: joined_at, post_count },
    })),
  })
})

app.post('/api/v1/posts', async (request, response) => {
  const { user_id, title, content, published_at } = Draft.parse(request.body)
  const { rows } = await pool.query({
    name: 'create',
    text: `INSERT INTO posts (user_id, title, content, published_at) VALUES ($1, $2, $3, $4) RETURNING ${FIELDS}`,
    values: [user_id, title, content, published_at],
  })
  response.status(201).json(rows[0])
})

app.get('/api/v1/users', async (request, response) => {
  const { rows } = await pool.query({
    name: 'users',
    text: 'SELECT id, name, created_at, post_count FROM users ORDER BY post_count DESC, id DESC LIMIT $1',
    values: [Top.parse(request.query).limit],
  })
  response.json({ items: rows })
})

app.use((error, request, response, next) => {
  if (error instanceof z.ZodError) return response.status(400).json({ message: 'Invalid input', details: error.issues })
  next(error)
})

app.listen(Number(process.env.PORT), '127.0.0.1')
