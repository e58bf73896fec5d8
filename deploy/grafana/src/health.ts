import { ATTENTION, dashboard, from, GOOD, laid, lines, stat, states, steps, UP_OR_DOWN, WAITING } from "./kit.js";

const G = `instance=~"$gateway"`, NODE = `job="node",instance=~"$gateway"`, DISK = `${NODE},device!~"zram.*"`;
const up = steps(ATTENTION, [1, GOOD]);

export const health = dashboard("doorwatch-health", "Gateway health 网关状态",
  "Radio, broker, store, clock and the Pi itself: utilisation, saturation and errors of each.", laid(
  ["Now 现在",
    stat({ title: "Scraped 在线", says: "Prometheus reaches the gateway.", wide: 4, steps: up, words: UP_OR_DOWN, queries: [{ expr: `min(up{job="doorwatch",${G}})` }] }),
    stat({ title: "Radios 无线", says: "Up: packets come.", wide: 4, steps: up, words: UP_OR_DOWN, none: "-", queries: [{ expr: `min(doorwatch_radio_up{${G}})` }] }),
    stat({ title: "Broker 消息代理", says: "Connected and subscribed.", wide: 4, steps: up, words: UP_OR_DOWN, none: "-", queries: [{ expr: `min(doorwatch_broker_up{${G}})` }] }),
    stat({ title: "Clock 时钟", says: "Verified: windows excuse and accuse by it.", wide: 4, steps: up, words: UP_OR_DOWN, queries: [{ expr: `min(doorwatch_clock_verified{${G}})` }] }),
    stat({ title: "Heartbeat 心跳", says: "Seconds since a reading of ours passed every stage.", unit: "s", wide: 4, steps: steps(GOOD, [60, WAITING], [120, ATTENTION]), queries: [{ expr: `max(time() - doorwatch_heartbeat_timestamp_seconds{${G}})` }] }),
    stat({ title: "Last backup 上次备份", says: "Since the oldest of the last ones. Runbook BackupOld.", unit: "s", wide: 4, steps: steps(GOOD, [36 * 3600, WAITING], [72 * 3600, ATTENTION]), words: from(1e9, "never 从未", ATTENTION), queries: [{ expr: `max(time() - doorwatch_backup_last_success_timestamp_seconds{${G}})` }] }),
  ],
  ["Ears 听",
    states({ title: "Radios and broker 无线与消息代理", says: "Red: nothing is heard by it, and coverage says so.", queries: [{ expr: `doorwatch_radio_up{${G}}`, legend: "{{instance}} {{adapter}}" }, { expr: `doorwatch_broker_up{${G}}`, legend: "{{instance}} broker" }] }),
    states({ title: "Clock 时钟", says: "Red: not verified. Openings are alerted as \"time unverified\".", queries: [{ expr: `doorwatch_clock_verified{${G}}`, legend: "{{instance}}" }] }),
  ],
  ["Store 存储",
    lines({ title: "Commit 提交用时", says: "Every reading is durable before it is acknowledged. A slow card shows here first.", unit: "s", queries: [{ expr: `histogram_quantile(0.99, sum by (le, instance) (rate(doorwatch_store_commit_seconds_bucket{${G}}[$__rate_interval])))`, legend: "p99 {{instance}}" }, { expr: `histogram_quantile(0.5, sum by (le, instance) (rate(doorwatch_store_commit_seconds_bucket{${G}}[$__rate_interval])))`, legend: "p50 {{instance}}" }] }),
    lines({ title: "Refused by the disk 磁盘拒绝", says: "Tried again each second: nothing is acknowledged meanwhile.", bars: true, queries: [{ expr: `sum by (instance) (increase(doorwatch_store_errors_total{${G}}[$__rate_interval]))`, legend: "{{instance}}" }] }),
    lines({ title: "Disk used 磁盘占用", says: "Of the store's file system.", unit: "percentunit", min: 0, max: 1, queries: [{ expr: `1 - doorwatch_disk_free_bytes{${G}} / doorwatch_disk_size_bytes{${G}}`, legend: "{{instance}}" }] }),
    lines({ title: "Written a day 每天写入", says: "Our own share of what wears the card.", unit: "bytes", queries: [{ expr: `rate(doorwatch_written_bytes_total{${G}}[$__rate_interval]) * 86400`, legend: "{{instance}}" }] }),
  ],
  ["The process 进程",
    lines({ title: "Memory 内存", says: "Resident. 80 MB is the goal at rest.", unit: "bytes", queries: [{ expr: `process_resident_memory_bytes{job="doorwatch",${G}}`, legend: "{{instance}}" }] }),
    lines({ title: "CPU 处理器", says: "Of one core.", unit: "percentunit", queries: [{ expr: `rate(process_cpu_seconds_total{job="doorwatch",${G}}[$__rate_interval])`, legend: "{{instance}}" }] }),
  ],
  ["The Pi 树莓派 (node_exporter)",
    lines({ title: "CPU utilisation 处理器占用", says: "All cores.", unit: "percentunit", min: 0, max: 1, queries: [{ expr: `1 - avg by (instance) (rate(node_cpu_seconds_total{${NODE},mode="idle"}[$__rate_interval]))`, legend: "{{instance}}" }] }),
    lines({ title: "CPU saturation 处理器排队", says: "Load by core: above 1 something waits.", soft: 1, queries: [{ expr: `node_load1{${NODE}} / on (instance) count by (instance) (node_cpu_seconds_total{${NODE},mode="idle"})`, legend: "{{instance}}" }] }),
    lines({ title: "Memory utilisation 内存占用", says: "What is not available to anybody else.", unit: "percentunit", min: 0, max: 1, queries: [{ expr: `1 - node_memory_MemAvailable_bytes{${NODE}} / node_memory_MemTotal_bytes{${NODE}}`, legend: "{{instance}}" }] }),
    lines({ title: "Memory saturation 内存紧张", says: "Pages brought back from disk: it has too little.", unit: "cps", queries: [{ expr: `rate(node_vmstat_pgmajfault{${NODE}}[$__rate_interval])`, legend: "{{instance}}" }] }),
    lines({ title: "Disk utilisation 磁盘忙", says: "Share of the time in which it was busy.", unit: "percentunit", min: 0, max: 1, queries: [{ expr: `rate(node_disk_io_time_seconds_total{${DISK}}[$__rate_interval])`, legend: "{{instance}} {{device}}" }] }),
    lines({ title: "Disk saturation 磁盘排队", says: "Requests that wait.", soft: 1, queries: [{ expr: `rate(node_disk_io_time_weighted_seconds_total{${DISK}}[$__rate_interval])`, legend: "{{instance}} {{device}}" }] }),
    lines({ title: "Network errors 网络错误", says: "Received and sent.", unit: "cps", soft: 1, queries: [{ expr: `sum by (instance, device) (rate(node_network_receive_errs_total{${NODE}}[$__rate_interval]) + rate(node_network_transmit_errs_total{${NODE}}[$__rate_interval]))`, legend: "{{instance}} {{device}}" }] }),
    lines({ title: "Network 网络", says: "Received and sent.", unit: "Bps", queries: [{ expr: `sum by (instance) (rate(node_network_receive_bytes_total{${NODE},device!="lo"}[$__rate_interval]))`, legend: "in {{instance}}" }, { expr: `sum by (instance) (rate(node_network_transmit_bytes_total{${NODE},device!="lo"}[$__rate_interval]))`, legend: "out {{instance}}" }] }),
  ]));
