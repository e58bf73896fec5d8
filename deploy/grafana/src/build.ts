// Writes the dashboards as Grafana provisions them: ../dashboards/*.json, or the folder that is given.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { delivery } from "./delivery.js";
import { doors } from "./doors.js";
import { fleet } from "./fleet.js";
import { health } from "./health.js";

const folder = process.argv[2] ?? "dashboards";
mkdirSync(folder, { recursive: true });
for (const [name, dashboard] of Object.entries({ doors, delivery, health, fleet }))
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(dashboard, null, 1) + "\n");
