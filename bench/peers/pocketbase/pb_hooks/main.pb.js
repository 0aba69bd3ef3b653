/// <reference path="../pb_data/types.d.ts" />
routerAdd('GET', '/api/v1/hello', (e) => e.json(200, { message: 'Hello' }))

onBootstrap((e) => {
  e.next()
  const settings = e.app.settings()
  unmarshal({
    rateLimits: { enabled: true, rules: [{ label: '/api/', duration: 900, maxRequests: Number($os.getenv('BUDGET') || 1000000000) }] },
  }, settings)
  e.app.save(settings)
})
