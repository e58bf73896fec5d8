import { ATTENTION, bars, dashboard, GOOD, laid, lines, occurring, PERMITTED, stat, states, steps, WAITING } from "./kit.js";

const G = `instance=~"$gateway"`;
const within = (status: string): string => `sum(increase(doorwatch_alerts_total{${G},status=~"${status}"}[$__range]))`;
const quantile = (q: number): string => `histogram_quantile(${q}, sum by (le, stage) (increase(doorwatch_alert_seconds_bucket{${G}}[$__range])))`;

export const delivery = dashboard("doorwatch-delivery", "Alert delivery 告警送达",
  "From the decision to somebody's answer: how many, how fast, and what carriers still take.", laid(
  ["Now 现在",
    stat({ title: "Waiting 待发", says: "In the outbox: normal for seconds, not for minutes.", wide: 6, steps: steps(GOOD, [5, WAITING], [20, ATTENTION]), queries: [{ expr: `sum(doorwatch_outbox_pending{${G}})` }] }),
    stat({ title: "The oldest waits 最久的等了", says: "Seconds; none: nothing waits.", unit: "s", wide: 6, none: "-", steps: steps(GOOD, [60, WAITING], [300, ATTENTION]), queries: [{ expr: `max(time() - doorwatch_outbox_oldest_timestamp_seconds{${G}}) or vector(0)` }] }),
    stat({ title: "Providers up 通道正常", says: "Of those that are configured.", unit: "percentunit", wide: 6, steps: steps(ATTENTION, [1, GOOD]), queries: [{ expr: `avg(doorwatch_provider_up{${G}})` }] }),
    stat({ title: "People out of texts 短信用完的人", says: "The carrier's cap is reached: calls or chat take over. Runbook BudgetExhausted.", wide: 6, steps: steps(GOOD, [1, ATTENTION]), queries: [{ expr: `sum(doorwatch_budget_people{${G},state="exhausted"})` }] }),
  ],
  ["The funnel 从交出到答复",
    bars({ title: "Alerts over the time shown 这段时间的告警", decimals: 0, says: "Accepted is not delivered. What failed was tried by the next way. The last: held, merged with another, overtaken or cancelled.", steps: steps(PERMITTED), queries: [
      { expr: within("sending"), legend: "handed over 交出" },
      { expr: within("accepted"), legend: "accepted 受理" },
      { expr: within("delivered|answered"), legend: "delivered 送达" },
      { expr: within("failed|no_answer|busy|machine"), legend: "reached nobody 未达" },
      { expr: within("held|merged|stale|cancelled"), legend: "not as it was 另行处理" },
    ] }),
    bars({ title: "Seconds since the door 从开门算起（秒）", says: "Half of the first alerts of an incident were at that stage within this time, and 99 of 100.", unit: "s", steps: steps(PERMITTED), queries: [{ expr: `sort(${quantile(0.5)})`, legend: "p50 {{stage}}" }, { expr: `sort(${quantile(0.99)})`, legend: "p99 {{stage}}" }] }),
    lines({ title: "By kind and outcome 按方式和结果", says: "What became of each: an alert ends in one of them.", bars: true, queries: [{ expr: occurring("kind, status", `doorwatch_alerts_total{${G},status=~"delivered|answered|failed|no_answer|busy|machine"}`), legend: "{{kind}} {{status}}" }] }),
    lines({ title: "Time to each stage 各阶段用时", says: "95 of 100 first alerts, of the hour before each moment.", unit: "s", log: true, queries: [{ expr: `histogram_quantile(0.95, sum by (le, stage) (rate(doorwatch_alert_seconds_bucket{${G}}[1h])))`, legend: "{{stage}}" }] }),
  ],
  ["Ways and budgets 通道与额度",
    states({ title: "Providers 通道", says: "Red: it refuses, and the next way is taken.", queries: [{ expr: `doorwatch_provider_up{${G}}`, legend: "{{instance}} {{provider}}" }] }),
    lines({ title: "Outbox 发件箱", says: "What waits to be sent.", soft: 1, queries: [{ expr: `doorwatch_outbox_pending{${G}}`, legend: "{{instance}}" }] }),
    lines({ title: "Texts of the last 24 h 24 小时内的短信", says: "By country prefix: used, and left before the carriers' caps.", soft: 1, queries: [{ expr: `sum by (prefix) (doorwatch_budget_texts_used{${G}})`, legend: "used {{prefix}}" }, { expr: `sum by (prefix) (doorwatch_budget_texts_left{${G}})`, legend: "left {{prefix}}" }] }),
    lines({ title: "Not sent as they were 没有照发的", says: "Held, merged or sent by another way, with the reason.", bars: true, queries: [{ expr: `sum by (reason) (increase(doorwatch_texts_held_total{${G}}[$__rate_interval]))`, legend: "{{reason}}" }] }),
  ]));
