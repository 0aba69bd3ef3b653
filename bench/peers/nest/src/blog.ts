import { createSecretKey } from 'node:crypto'
import {
  Body, CanActivate, Controller, ExecutionContext, Get, Inject, Injectable, Module, NotFoundException, Param, ParseIntPipe,
  Post, Query, Req, UnauthorizedException, UseGuards,
} from '@nestjs/common'
import { APP_GUARD } from '@nestjs/core'
import { JwtModule, JwtService } from '@nestjs/jwt'
import { ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler'
import { Type } from 'class-transformer'
import { IsInt, IsISO8601, IsOptional, IsString, Length, Max, Min } from 'class-validator'
import pg from 'pg'

const FIELDS = 'posts.id, posts.user_id, posts.title, posts.content, posts.published_at, posts.created_at'

class PageDto {
  @Type(() => Number) @IsInt() @Min(1) @Max(100) limit: number = 20
  @IsOptional() @IsISO8601() before?: string
}

class TopDto {
  @Type(() => Number) @IsInt() @Min(1) @Max(100) limit: number = 100
}

class CreatePostDto {
  @IsInt() @Min(1) @Max(2147483647) user_id: number
  @IsString() @Length(1, 255) title: string
  @IsOptional() @IsString() content?: string | null
  @IsOptional() @IsISO8601() published_at?: string | null
}

@Injectable()
class BlogService {
  constructor (@Inject('POOL') private readonly pool: pg.Pool) {}

  async post (id: number, caller: number | null) {
    const { rows } = await this.pool.query({
      name: 'post',
      text: `SELECT ${FIELDS} FROM posts WHERE id = $1 AND (published_at IS NOT NULL OR user_id = $2)`,
      values: [id, caller],
    })
    if (rows.length === 0) throw new NotFoundException('There is no such post')
    return rows[0]
  }

  async posts ({ limit, before = 'infinity' }: PageDto) {
    const { rows } = await this.pool.query({
      name: 'posts',
      text: `SELECT ${FIELDS} FROM posts WHERE published_at IS NOT NULL AND created_at < $1
             ORDER BY created_at DESC, id DESC LIMIT $2`,
      values: [before, limit],
    })
    return { items: rows }
  }

  async feed ({ limit, before = 'infinity' }: PageDto) {
    const { rows } = await this.pool.query({
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
  }

  async create ({ user_id, title, content = null, published_at = null }: CreatePostDto) {
    const { rows } = await this.pool.query({
      name: 'create',
      text: `INSERT INTO posts (user_id, title, content, published_at) VALUES ($1, $2, $3, $4) RETURNING ${FIELDS}`,
      values: [user_id, title, content, published_at],
    })
    return rows[0]
  }

  async top (limit: number) {
    const { rows } = await this.pool.query({
      name: 'users',
      text: 'SELECT id, name, created_at, post_count FROM users ORDER BY post_count DESC, id DESC LIMIT $1',
      values: [limit],
    })
    return { items: rows }
  }
}

@Injectable()
class AuthGuard implements CanActivate {
  constructor (private readonly tokens: JwtService) {}

  async canActivate (context: ExecutionContext) {
    const request = context.switchToHttp().getRequest()
    const [scheme, token] = request.headers.authorization?.split(' ') ?? []
    request.caller = null
    if (scheme === undefined) return true
    try {
      request.caller = Number((await this.tokens.verifyAsync(token)).sub)
    } catch {
      throw new UnauthorizedException()
    }
    return true
  }
}

@Controller()
class BlogController {
  constructor (private readonly blog: BlogService) {}

  @Get('hello')
  hello () {
    return { message: 'Hello' }
  }

  @Get('posts/:id')
  @UseGuards(AuthGuard)
  post (@Param('id', ParseIntPipe) id: number, @Req() request: { caller: number | null }) {
    return this.blog.post(id, request.caller)
  }

  @Get('posts')
  posts (@Query() page: PageDto) {
    return this.blog.posts(page)
  }

  @Get('feed')
  feed (@Query() page: PageDto) {
    return this.blog.feed(page)
  }

  @Post('posts')
  create (@Body() draft: CreatePostDto) {
    return this.blog.create(draft)
  }

  @Get('users')
  users (@Query() top: TopDto) {
    return this.blog.top(top.limit)
  }
}

// A string would be tried as a public key at every call, which costs more than all else: hence a KeyObject.
const secret = createSecretKey(Buffer.from(process.env.TOKEN_SECRET!))

@Module({
  imports: [
    ThrottlerModule.forRoot([{ ttl: 900_000, limit: Number(process.env.BUDGET) }]),
    JwtModule.register({ secret: secret as never, verifyOptions: { algorithms: ['HS256'] } }),
  ],
  controllers: [BlogController],
  providers: [
    BlogService,
    { provide: 'POOL', useFactory: () => new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 20 }) },
    { provide: APP_GUARD, useClass: ThrottlerGuard },
  ],
})
export class BlogModule {}
