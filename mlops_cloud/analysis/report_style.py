"""The style sheet of the report: light and dark, from 360 pixels to wide screens, and on paper."""

from __future__ import annotations

from mlops_cloud.analysis.report_confusion import SHADES

_LIGHT = """
--page:#f5f6f9;--card:#fff;--ink:#1b2230;--muted:#5a6475;--line:#dde2ea;--accent:#2a5bd0;
--good:#11703a;--bad:#b3261e;--good-fill:#e3f4e9;--bad-fill:#fce8e6;--hit:42,91,208;--miss:196,72,28;color-scheme:light
"""
_DARK = """
--page:#11141a;--card:#1a1f28;--ink:#e8ebf1;--muted:#9ba6b8;--line:#303948;--accent:#82a9ff;
--good:#62d290;--bad:#ff9288;--good-fill:#15301f;--bad-fill:#3a1c1a;--hit:110,155,255;--miss:255,140,90;color-scheme:dark
"""
_TEXT = """
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:1280px;margin:0 auto;padding:28px 20px 48px;display:grid;gap:18px;
grid-template-columns:repeat(12,minmax(0,1fr))}
main>*{grid-column:1/-1}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 10px;overflow-wrap:anywhere}
h2{font-size:1.1rem;margin:0 0 4px}
h3{font-size:.95rem;margin:0}
p{margin:0}
b{font-weight:600}
small,.note,figcaption p,dt{color:var(--muted);font-size:.82rem}
.note{margin-bottom:10px}
dl{display:flex;flex-wrap:wrap;gap:6px 32px;margin:0}
dd{margin:0;font-weight:600;overflow-wrap:anywhere}
.spoken{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.better{color:var(--good)}.worse{color:var(--bad)}
"""
_BOXES = """
.card,.verdict{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:18px 20px}
.verdict{border-left:6px solid var(--muted)}
.verdict strong{font-size:1.2rem}
.verdict ul{margin:8px 0 0;padding-left:20px;overflow-wrap:anywhere}
.verdict.passed{border-left-color:var(--good);background:var(--good-fill)}
.verdict.failed{border-left-color:var(--bad);background:var(--bad-fill)}
.passed strong{color:var(--good)}.failed strong{color:var(--bad)}
.gates{list-style:none;margin:8px 0 0;padding:0}
ul.gates li{display:grid;grid-template-columns:5.4rem 1fr;gap:2px 10px;padding:9px 0;border-top:1px solid var(--line)}
ul.gates li span:last-child{grid-column:2;overflow-wrap:anywhere}
.badge{justify-self:start;align-self:start;font-size:.8rem;font-weight:600;padding:1px 9px;border-radius:99px;
white-space:nowrap}
.badge.passed{color:var(--good);background:var(--good-fill)}
.badge.failed{color:var(--bad);background:var(--bad-fill)}
@media(max-width:560px){main{padding:16px 10px 32px;gap:12px}.card,.verdict{padding:14px}}
@media(min-width:1000px){#metrics:has(+#gates){grid-column:span 7}#metrics+#gates{grid-column:span 5}}
"""
_TABLES = """
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:7px 14px 7px 0;text-align:left;border-top:1px solid var(--line)}
th:last-child,td:last-child{padding-right:0}
thead th{border:0;font-size:.82rem;font-weight:500;color:var(--muted);vertical-align:bottom}
tbody th{font-weight:600}
tbody th small{font-weight:400}
table.metrics td small{white-space:nowrap}
table.metrics small,table.champion small{display:inline-block}
td.drawn{width:36%;min-width:120px}
.interval{max-width:220px}
.interval text{font-size:9.5px}
.small{max-width:120px}
svg{display:block;width:100%;height:auto}
table.slices td{min-width:86px}
table.slices td,table.slices tbody th{vertical-align:top}
table.slices tbody th,table.confusion tbody th{position:sticky;left:0;background:var(--card)}
table.slices td:nth-child(2){min-width:0}
table.slices tbody th{min-width:110px;max-width:240px;overflow-wrap:anywhere}
table.trials td{overflow-wrap:anywhere}
table.trials tr.best{background:var(--good-fill)}
table.trials td small{display:block}
table.confusion{width:auto}
table.confusion td small{color:inherit;opacity:.8}
table.confusion td,table.confusion th{border:1px solid var(--line);padding:10px 14px;text-align:center}
table.confusion tbody th{text-align:right;max-width:200px;overflow-wrap:anywhere}
table.dense td,table.dense th{padding:2px 4px;font-size:.68rem;min-width:23px}
table.dense thead th{height:74px;vertical-align:bottom}
table.dense thead span{writing-mode:vertical-rl;transform:rotate(180deg);max-height:130px;overflow:hidden}
table.dense thead th:first-child{writing-mode:horizontal-tb;min-width:70px}
"""
_DRAWINGS = """
.plots{display:grid;margin-top:10px;gap:26px 30px;grid-template-columns:repeat(auto-fit,minmax(min(300px,100%),1fr))}
figure{margin:0;max-width:560px;display:flex;flex-direction:column;justify-content:space-between;gap:10px}
svg text{fill:var(--muted);font-size:11px}
svg .name{fill:var(--ink);font-size:12px}
.middle{text-anchor:middle}.end{text-anchor:end}
path{fill:none;stroke:var(--muted)}
path.grid{stroke:var(--line)}
path.reference,path.limit,path.overall{stroke-dasharray:4 4;stroke-width:1.3}
path.overall{stroke-dasharray:none}
path.limit{stroke:var(--ink);stroke-dasharray:3 2;stroke-width:1.6}
path.curve{stroke:var(--accent);stroke-width:2.2;stroke-linejoin:round}
path.thin{stroke-width:1.2;opacity:.6}
path.area{stroke:none;fill:var(--accent);opacity:.1}
path.track{stroke:var(--line);stroke-width:2}
path.whisker{stroke:var(--accent);stroke-width:5;opacity:.4;stroke-linecap:round}
.small path.whisker{stroke-width:4}
circle.dot,rect.column{fill:var(--accent)}
.plot .dot{fill-opacity:.65}
rect.column{fill-opacity:.75}
circle.best{fill:var(--good);stroke:var(--card);stroke-width:1.5}
circle.stopped{fill:none;stroke:var(--muted);stroke-width:1.3}
"""
_PRINT = """
@media print{
@page{margin:14mm}
:root{LIGHT;--page:#fff}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
body{font-size:10.5pt}
main{padding:0;display:block}
main>*{margin-bottom:12px}
figure,tr,table.dense,.verdict,ul.gates li{break-inside:avoid}
h2,.note{break-after:avoid}
.plots{grid-template-columns:1fr 1fr}
.scroll{overflow:visible}
table.slices{font-size:7.5pt}
table.slices td{min-width:0;padding-right:6px}
table.dense td,table.dense th{font-size:4.5pt;min-width:0;padding:1px}
}
"""


def _shades() -> str:
    """Backgrounds of matrix cells; the ink stays readable on the strongest."""
    steps = ((kind, step, step / SHADES * 0.5) for kind in ("hit", "miss") for step in range(1, SHADES + 1))
    return "".join(f".{kind}{step}{{background:rgba(var(--{kind}),{alpha:.2f})}}\n" for kind, step, alpha in steps)


def _sheet() -> str:
    light, dark = _LIGHT.strip(), _DARK.strip()
    colours = f":root{{{light}}}\n@media(prefers-color-scheme:dark){{:root{{{dark}}}}}"
    on_paper = _PRINT.replace("LIGHT", light)
    return f"{colours}{_TEXT}{_BOXES}{_TABLES}{_DRAWINGS}{_shades()}{on_paper}"


STYLE = _sheet()
