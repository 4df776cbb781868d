"""The look of the page: calm, readable in light and dark, and made for paper too."""

STYLE = """
:root {
  color-scheme: light dark;
  --page: #f4f6f8; --paper: #ffffff; --ink: #17212b; --soft: #566573; --line: #dde4ea; --accent: #1f4e79;
  --ok: #117a62; --bad: #c9472f; --waived: #7a62c2; --unknown: #8793a0; --opened: #3f7cb8; --late: #d98324; --fixed: #7fb8a6;
  --late-ink: #9a560c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #10161c; --paper: #18212a; --ink: #e6ecf1; --soft: #9aa9b6; --line: #2b3844; --accent: #8cbbe6;
    --ok: #2fb391; --bad: #e8694f; --waived: #a18be6; --unknown: #94a1ad; --opened: #68a3dc; --late: #e9a04c; --fixed: #4f8f7d;
    --late-ink: #e9a04c;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
}
.around { max-width: 1120px; margin: 0 auto; padding: 28px 20px 48px; }
header { display: flex; flex-wrap: wrap; gap: 4px 40px; justify-content: space-between; align-items: flex-end; margin-bottom: 18px; }
.brand { margin: 0; color: var(--accent); font-weight: 650; font-size: 12px; letter-spacing: .14em; text-transform: uppercase; }
h1 { margin: 0; font-size: 30px; line-height: 1.2; letter-spacing: -.01em; }
header p.about { margin: 4px 0 0; color: var(--soft); max-width: 60em; }
header > div { flex: 1 1 400px; }
header dl { display: grid; grid-template-columns: auto auto; gap: 0 12px; margin: 8px 0 0; font-size: 13px; }
header dt { color: var(--soft); }
header dd { margin: 0; font-weight: 550; overflow-wrap: anywhere; }
.verdict { margin: 0 0 16px; padding: 10px 16px; border-radius: 8px; font-weight: 600; border: 1px solid; background: var(--paper); }
.verdict.bad { color: var(--bad); }
.verdict.good { color: var(--ok); }
.verdict.doubt { color: var(--soft); }
.tiles {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(168px, 1fr)); gap: 12px; margin: 0 0 16px;
  padding: 0; list-style: none;
}
.tile {
  background: var(--paper); border: 1px solid var(--line); border-top: 4px solid var(--line);
  border-radius: 10px; padding: 12px 14px 14px;
}
.tile.good { border-top-color: var(--ok); }
.tile.bad { border-top-color: var(--bad); }
.tile.doubt { border-top-color: var(--unknown); }
.tile .label { color: var(--soft); font-size: 12.5px; font-weight: 600; }
.tile .value { font-size: 30px; font-weight: 680; line-height: 1.25; letter-spacing: -.02em; overflow-wrap: anywhere; }
.tile.good .value { color: var(--ok); }
.tile.bad .value { color: var(--bad); }
.tile .was { font-size: 13px; font-weight: 550; min-height: 1.5em; }
.tile .detail { color: var(--soft); font-size: 12.5px; line-height: 1.35; }
section { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px 20px; margin: 0 0 16px; }
h2 { margin: 0 0 4px; font-size: 18px; }
h3 { margin: 18px 0 4px; font-size: 14px; }
section > p { margin: 0 0 10px; color: var(--soft); max-width: 60em; }
.scroll { overflow-x: auto; }
.scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
th, td { padding: 6px 10px; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); font-weight: 400; }
th:first-child { padding-left: 0; }
td:last-child { padding-right: 0; }
thead th { color: var(--soft); font-size: 12px; font-weight: 600; vertical-align: bottom; white-space: nowrap; }
tbody tr:last-child > * { border-bottom: 0; }
th[scope="row"] { font-weight: 600; }
.n { text-align: right; white-space: nowrap; }
td.n { font-variant-numeric: tabular-nums; }
.pictures th, .pictures td { white-space: nowrap; padding-left: 8px; padding-right: 8px; }
.pictures tbody tr:nth-child(odd) > * { border-bottom: 0; padding-bottom: 1px; }
.pictures tbody tr:nth-child(even) > * { padding-top: 1px; }
.pictures tbody tr:nth-child(odd) > td { color: var(--soft); }
.pictures tbody tr:nth-last-child(-n+2) > * { font-weight: 680; }
.pictures tbody tr:nth-last-child(2) > * { border-top: 2px solid var(--line); }
code { font: 12.5px ui-monospace, "SFMono-Regular", "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.tag {
  display: inline-block; padding: 0 7px; border-radius: 9px; font-size: 12px;
  font-weight: 600; border: 1px solid; white-space: nowrap;
}
.tag.bad { color: var(--bad); }
.tag.unknown { color: var(--soft); border-style: dashed; }
.keep { display: inline-block; max-width: 100%; }
td .keep { white-space: nowrap; }
.doubt { color: var(--soft); font-style: italic; }
.tag.late { color: var(--late-ink); }
.legend {
  display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 4px 0 8px; padding: 0;
  list-style: none; font-size: 12.5px; color: var(--soft);
}
.legend svg { width: 12px; height: 12px; margin-right: 6px; vertical-align: -1px; }
figure { margin: 8px 0 0; min-width: 0; }
figcaption { font-weight: 600; font-size: 13px; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(235px, 100%), 1fr)); gap: 14px 24px; }
.charts.pair { grid-template-columns: repeat(auto-fit, minmax(min(400px, 100%), 1fr)); }
.halves { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(430px, 100%), 1fr)); gap: 8px 32px; }
.halves > * { min-width: 0; }
svg.chart { display: block; width: 100%; height: auto; }
svg.wide { min-width: 640px; }
svg text { font-size: 11px; fill: var(--soft); font-family: inherit; }
svg text.value { fill: var(--ink); font-weight: 600; }
svg .ok { fill: var(--ok); }
svg .bad { fill: var(--bad); }
svg .waived { fill: var(--waived); }
svg .unknown { fill: url(#hatch); }
svg .opened { fill: var(--opened); }
svg .late { fill: var(--late); }
svg .fixed { fill: var(--fixed); }
svg .area { fill-opacity: .22; }
svg .line { fill: none; stroke-width: 2.2; stroke-linejoin: round; }
svg .line.opened { stroke: var(--opened); }
svg .line.late { stroke: var(--late); }
svg .hint { fill: transparent; }
svg .grid { stroke: var(--line); }
svg .ground { stroke: var(--soft); }
svg .marker { stroke: var(--ink); stroke-dasharray: 4 3; stroke-width: 1.2; }
svg .change text { fill: var(--ink); font-weight: 600; }
svg.strip { width: 120px; height: 12px; border-radius: 3px; vertical-align: -1px; }
svg.patterns { position: absolute; width: 0; height: 0; }
.hatched { fill: var(--unknown); fill-opacity: .35; }
.hatches { stroke: var(--unknown); stroke-width: 2.4; }
details { margin-top: 10px; font-size: 13.5px; }
summary { cursor: pointer; color: var(--accent); font-weight: 600; }
ul.notes { margin: 6px 0 0; padding-left: 20px; }
footer { color: var(--soft); font-size: 12.5px; }
@media (max-width: 600px) {
  .around { padding: 18px 12px 32px; }
  section { padding: 14px 14px 16px; }
  h1 { font-size: 25px; }
  .tiles { grid-template-columns: 1fr 1fr; gap: 8px; }
  .tile { padding: 10px 12px; }
  .tile .value { font-size: 24px; }
}
@page { size: A4; margin: 13mm 12mm; }
@media print {
  :root {
    color-scheme: light; --page: #ffffff; --paper: #ffffff; --ink: #17212b; --soft: #4a5763; --line: #cfd7de; --accent: #1f4e79;
    --ok: #117a62; --bad: #c9472f; --waived: #7a62c2; --unknown: #8793a0; --opened: #3f7cb8; --late: #d98324; --fixed: #7fb8a6;
    --late-ink: #9a560c;
  }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { font-size: 9.5pt; }
  .around { max-width: none; padding: 0; }
  .scroll { overflow: visible; }
  .tiles { grid-template-columns: repeat(3, 1fr); }
  .tile .value { font-size: 20pt; }
  section { border: 0; border-top: 1.5pt solid var(--line); border-radius: 0; padding: 10pt 0 4pt; margin: 0 0 8pt; }
  table, .legend, figcaption { font-size: 8.5pt; }
  th, td { padding: 3pt 5pt; }
  thead th { white-space: normal; font-size: 8pt; }
  figure, tr, .tile, .halves > * > h3 { break-inside: avoid; }
  h2, h3, figcaption { break-after: avoid; }
  thead { display: table-header-group; }
  .numbers { display: none; }
  .tag { font-size: 7.5pt; }
  section[aria-labelledby="trend"], section[aria-labelledby="exposure"] { break-before: page; border-top: 0; }
  .pictures thead th { white-space: normal; }
  .pictures table { font-size: 8pt; }
  .pictures th, .pictures td { padding: 2.5pt 3pt; }
  svg.strip { width: 72px; }
  svg.wide { min-width: 0; }
  .charts { grid-template-columns: repeat(3, 1fr); }
  .charts.pair { grid-template-columns: repeat(2, 1fr); }
  .halves svg.middle { width: 60%; }
  details::details-content { content-visibility: visible; }
  .halves { display: block; }
}
"""
