import t from 'tap'
import { build } from './fixtures/planned.js'

const app = await build()
t.teardown(() => app.close())
await app.ready()

t.test('the way of a request is a flowchart of Mermaid', async (t) => {
  const text = app.blocking.printPlan('GET', '/statement', { format: 'mermaid' })
  t.equal(text, `
flowchart TB
  subgraph loop
    route0(["GET /statement"])
    route0step0["hooks before the handler"]
    route0step1["dependencies<br>account.user.token<br>account.user"]
    route0step5["onSend hooks"]
  end
  subgraph worker
    route0step2["dependencies<br>account"]
    route0step3["handler"]
    route0step4["serialization"]
  end
  route0 --> route0step0 --> route0step1 --> route0step2 --> route0step3 --> route0step4 --> route0step5
`.slice(1))
  t.equal((await app.inject('/plan?format=mermaid&method=GET')).body, text, 'in a worker too')
})

t.test('those of all routes too: requests that go the same way are one chain', async (t) => {
  const text = app.blocking.printPlan({ format: 'mermaid' })
  t.equal(text, `
flowchart TB
  subgraph loop
    route0(["GET, HEAD /<br>GET, HEAD /statement/:id(^\\d+$)<br>GET, HEAD /undecided<br>GET, HEAD /versions {#34;version#34;:#34;1.0.0#34;}<br>GET, HEAD /plans<br>GET, HEAD /live"])
    route0step0["hooks before the handler"]
    route0step1["handler"]
    route0step2["serialization"]
    route0step3["onSend hooks"]
    route1(["GET, HEAD /statement"])
    route1step0["hooks before the handler"]
    route1step1["dependencies<br>account.user.token<br>account.user"]
    route1step5["onSend hooks"]
    route2(["POST /statement<br>GET, HEAD /by-plugin<br>GET, HEAD /versions {#34;version#34;:#34;2.0.0#34;}<br>GET, HEAD /plan<br>POST /orders<br>POST /orders/"])
    route2step0["hooks before the handler"]
    route2step3["onSend hooks"]
    route3(["GET, HEAD /by-dependency"])
    route3step0["hooks before the handler"]
    route3step1["dependencies<br>account.user.token<br>account.user"]
    route3step3["handler"]
    route3step4["serialization"]
    route3step5["onSend hooks"]
    route4(["PUT, PATCH /orders/:order"])
    route4step0["hooks before the handler"]
    route4step4["onSend hooks"]
    route5(["POST /orders/signed"])
    route5step0["hooks before the handler<br>request.body is parsed: its option #96;parse#96; is false"]
    route5step3["onSend hooks"]
  end
  subgraph worker
    route1step2["dependencies<br>account"]
    route1step3["handler"]
    route1step4["serialization"]
    route2step1["handler"]
    route2step2["serialization"]
    route3step2["dependencies<br>account"]
    route4step1["request.body is read and parsed"]
    route4step2["handler"]
    route4step3["serialization"]
    route5step1["handler"]
    route5step2["serialization"]
  end
  route0 --> route0step0 --> route0step1 --> route0step2 --> route0step3
  route1 --> route1step0 --> route1step1 --> route1step2 --> route1step3 --> route1step4 --> route1step5
  route2 --> route2step0 --> route2step1 --> route2step2 --> route2step3
  route3 --> route3step0 --> route3step1 --> route3step2 --> route3step3 --> route3step4 --> route3step5
  route4 --> route4step0 --> route4step1 --> route4step2 --> route4step3 --> route4step4
  route5 --> route5step0 --> route5step1 --> route5step2 --> route5step3
`.slice(1))
})
