// One dashboard on a page: `draw(board, recorded)`, for remake.py.
import { createTheme, dateTime, ThemeContext } from "@grafana/data";
import type { DataFrame, GrafanaTheme2, TimeRange } from "@grafana/data";
import type { Dashboard, Panel } from "@grafana/schema";
import { GlobalStyles, PanelChrome } from "@grafana/ui";
import { createRoot } from "react-dom/client";
import { framesOf } from "./frames.js";
import type { Answers } from "./frames.js";
import { drawn } from "./panels.js";

interface Recorded { start: number; end: number; step: number; answers: Record<string, Record<number, Answers>>; chosen: Record<string, string> }

const CAPTION = "Drawn with Grafana's own components over data of a demo (a day in two minutes); not a screenshot of Grafana.";
const ROW_PX = 30, GAP_PX = 8, COLUMNS = 24; // Grafana's grid
const across = (columns: number): number => (columns * (innerWidth - 16 + GAP_PX)) / COLUMNS - GAP_PX;
const down = (rows: number): number => rows * (ROW_PX + GAP_PX) - GAP_PX;

const One = ({ panel, wide, frames, theme, span }: { panel: Panel; wide: number; frames: DataFrame[]; theme: GrafanaTheme2; span: TimeRange }) =>
  <PanelChrome title={panel.title!} width={across(wide)} height={down(panel.gridPos!.h)} padding="md">
    {(width, height) => drawn[panel.type]!({ panel, frames, theme, span, width, height })}
  </PanelChrome>;

/** The columns of each: as it says itself, but the last of a section takes what is left of its line. */
const columns = (panels: Panel[]): number[] => {
  let used = 0;
  return panels.map(({ type, gridPos }, i) => {
    if (type === "row" || used + gridPos!.w > COLUMNS) used = 0;
    const last = panels[i + 1] === undefined || panels[i + 1]!.type === "row";
    const wide = last ? COLUMNS - used : gridPos!.w;
    used += type === "row" ? 0 : wide;
    return wide;
  });
};

/** What is chosen on top, where the dashboard asks. */
const oneOf = (board: Dashboard): string | undefined => board.templating?.list?.find(({ name }) => name === "gateway")?.label;

const draw = async (board: Dashboard, asked: Recorded): Promise<void> => {
  const theme = createTheme({ colors: { mode: "light" } });
  const [from, to] = [dateTime(asked.start * 1000), dateTime(asked.end * 1000)];
  const span = { from, to, raw: { from, to } };
  const panels = (board.panels as Panel[]).filter(({ type }) => type === "row" || type in drawn)
    // A heading with nothing left under it goes too.
    .filter(({ type }, i, all) => type !== "row" || (all[i + 1] !== undefined && all[i + 1]!.type !== "row"));
  const wide = columns(panels);
  const frames = await Promise.all(panels.map((panel) => panel.type === "row" ? [] : framesOf(panel, asked.answers[board.uid!]![panel.id!]!, asked.step, theme)));
  createRoot(document.getElementById("board")!).render(<ThemeContext.Provider value={theme}>
    <GlobalStyles />
    <div style={{ padding: 8, background: theme.colors.background.canvas, display: "flex", flexWrap: "wrap", gap: GAP_PX }}>
      <div style={{ width: "100%", display: "flex", justifyContent: "space-between", alignItems: "baseline", padding: "4px 8px" }}>
        <span style={{ fontSize: 20 }}>{board.title}</span>
        <span style={{ marginRight: "auto", paddingLeft: 24 }}>{oneOf(board) && `${oneOf(board)}: ${asked.chosen[board.uid!]}`}</span>
        <span style={{ fontSize: 12, color: theme.colors.text.secondary }}>{CAPTION}</span>
      </div>
      {panels.map((panel, i) => panel.type === "row"
        ? <div key={panel.id} style={{ width: "100%", padding: "6px 8px 0", fontWeight: 500 }}>{panel.title}</div>
        : <One key={panel.id} panel={panel} wide={wide[i]!} frames={frames[i]!} theme={theme} span={span} />)}
    </div>
  </ThemeContext.Provider>);
};

Object.assign(window, { draw });
