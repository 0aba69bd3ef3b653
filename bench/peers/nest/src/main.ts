// The blog in NestJS on Fastify with pg, @nestjs/throttler, @nestjs/jwt and class-validator, as their documentation shows.
import 'reflect-metadata'
import { randomUUID } from 'node:crypto'
import helmet from '@fastify/helmet'
import { ValidationPipe } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify'
import { BlogModule } from './blog.js'

const adapter = new FastifyAdapter({ logger: true, genReqId: () => randomUUID() })
const app = await NestFactory.create<NestFastifyApplication>(BlogModule, adapter, { logger: ['error', 'warn'] })
app.getHttpAdapter().getInstance().addHook('onRequest', async (request, reply) => {
  reply.header('x-request-id', request.id)
})
await app.register(helmet as never)
app.setGlobalPrefix('api/v1')
app.useGlobalPipes(new ValidationPipe({ transform: true, whitelist: true, forbidNonWhitelisted: true }))
await app.listen(Number(process.env.PORT), '127.0.0.1')
