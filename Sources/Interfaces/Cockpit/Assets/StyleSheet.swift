/// The one style sheet. Colours and sizes are named once, as tokens; nothing else names one.
enum StyleSheet {
    /// All of it.
    static let text = tokens + base + frame + parts + StyleSheet.pages + charts + narrow + print

    private static let tokens = """
        :root{--paper:#f7f7f5;--panel:#fff;--line:#dcdcd6;--ink:#1b1d1f;--ink-2:#4b5157;--ink-3:#666c72;--accent:#0b5c74;--accent-ink:#fff;
        --good:#1f6f43;--warn:#8a5a00;--bad:#a3262a;--wash:#eef2f3;
        --electricity:#b07a00;--gas:#5b6bbf;--water:#1d7fa8;--heat:#b5482f;
        --sans:ui-sans-serif,system-ui,"Segoe UI",Roboto,"Noto Sans",sans-serif;--mono:ui-monospace,"Cascadia Mono","Noto Sans Mono",monospace;
        --t1:13px;--t2:14px;--t3:16px;--t4:20px;--t5:28px;--s1:4px;--s2:8px;--s3:12px;--s4:16px;--s6:24px;--s8:32px;--round:6px;
        --bar:52px;color-scheme:light dark}
        @media (prefers-color-scheme:dark){:root:not([data-theme=light]){\(dark)}}
        :root[data-theme=dark]{\(dark);color-scheme:dark}
        :root[data-theme=light]{color-scheme:light}

        """
    private static let dark = """
        --paper:#16181a;--panel:#1e2124;--line:#34383c;--ink:#eceef0;--ink-2:#b9bfc5;--ink-3:#9aa1a8;--accent:#6cc3dc;--accent-ink:#08222b;\
        --good:#74c69a;--warn:#e0b058;--bad:#ee8f91;--wash:#262b2f;--electricity:#e3b341;--gas:#9aa7ee;--water:#62b8dd;--heat:#ea8a70
        """

    private static let base = """
        *,*::before,*::after{box-sizing:border-box}
        html{font:var(--t2)/1.45 var(--sans);color:var(--ink);background:var(--paper);scroll-padding-top:calc(var(--bar) + var(--s4));-webkit-text-size-adjust:100%}
        body{margin:0;min-height:100vh}
        h1{font-size:var(--t4);line-height:1.25;margin:0 0 var(--s3);font-weight:650}
        h2{font-size:var(--t3);line-height:1.3;margin:0 0 var(--s2);font-weight:650}
        h3{font-size:var(--t2);margin:var(--s3) 0 var(--s1);font-weight:650}
        p{margin:0 0 var(--s2);max-width:72ch}
        ul,ol{margin:0;padding:0;list-style:none}
        dl{margin:0}
        a{color:var(--accent);text-decoration-thickness:1px;text-underline-offset:2px}
        a:hover{text-decoration-thickness:2px}
        :focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
        small,.small{font-size:var(--t1);color:var(--ink-2)}
        code,.code{font-family:var(--mono);font-size:var(--t1);overflow-wrap:anywhere}
        .number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
        .quiet{color:var(--ink-2)}
        .hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
        @media (prefers-reduced-motion:no-preference){a,button,input,select{transition:background-color .1s,border-color .1s}}

        """

    private static let frame = """
        .skip{position:absolute;left:var(--s2);top:-60px;background:var(--panel);padding:var(--s2) var(--s3);z-index:3;border-radius:var(--round)}
        .skip:focus{top:var(--s2)}
        .top{position:sticky;top:0;z-index:2;display:flex;align-items:center;gap:var(--s4);min-height:var(--bar);padding:var(--s1) var(--s4);background:var(--panel);border-bottom:1px solid var(--line)}
        .top .name{font-weight:700;font-size:var(--t3);color:var(--ink);text-decoration:none;letter-spacing:-.01em}
        .top form.search{flex:1 1 200px;min-width:160px;max-width:560px;display:flex}
        .top form.search input{width:100%;min-height:36px}
        .top nav ul{display:flex;gap:var(--s1);align-items:center}
        .top nav a{display:inline-flex;align-items:center;min-height:36px;padding:0 var(--s2);color:var(--ink-2);text-decoration:none;border-radius:var(--round);white-space:nowrap}
        .top nav a:hover,.top nav a[aria-current]{color:var(--ink);background:var(--wash)}
        .top .tools{margin-left:auto;display:flex;gap:var(--s1);align-items:center}
        .top .tools form{display:flex}.top .tools button{white-space:nowrap}
        .count{display:inline-block;min-width:1.5em;margin-left:var(--s1);padding:0 .4em;border-radius:1em;background:var(--accent);color:var(--accent-ink);font-size:var(--t1);text-align:center;font-variant-numeric:tabular-nums}
        main{padding:var(--s6) var(--s4) var(--s8);max-width:1440px;margin:0 auto}
        main.slim{max-width:720px}
        body>footer{padding:var(--s4);color:var(--ink-3);font-size:var(--t1);text-align:center}

        """

    private static let parts = """
        .panel{background:var(--panel);border:1px solid var(--line);border-radius:var(--round);padding:var(--s4);margin:0 0 var(--s4);min-width:0}
        .panel>:last-child{margin-bottom:0}
        .head{display:flex;flex-wrap:wrap;gap:var(--s2) var(--s4);align-items:baseline;justify-content:space-between}
        .verbs{display:flex;flex-wrap:wrap;gap:var(--s2);margin:var(--s3) 0}
        .verbs.tall{flex-direction:column}
        button,.button{font:inherit;display:inline-flex;align-items:center;justify-content:center;min-height:36px;padding:0 var(--s3);border:1px solid var(--line);border-radius:var(--round);background:var(--panel);color:var(--ink);text-decoration:none;cursor:pointer}
        button:hover,.button:hover{border-color:var(--ink-3)}
        button.first,.button.first{background:var(--accent);border-color:var(--accent);color:var(--accent-ink);font-weight:600}
        button.plain{border-color:transparent;background:none;color:var(--ink-2);padding:0 var(--s2)}
        label{display:block;font-weight:600;margin:var(--s3) 0 var(--s1)}
        .hint{color:var(--ink-2);font-size:var(--t1);margin:0 0 var(--s1)}
        input,select,textarea{font:inherit;color:inherit;background:var(--panel);border:1px solid var(--ink-3);border-radius:var(--round);padding:6px var(--s2);min-height:36px;max-width:100%}
        input[type=text],input[type=password],input[type=search],textarea{width:100%}
        .field{max-width:480px}.filter .field{max-width:none}
        textarea{min-height:5em}
        input[type=checkbox]{min-height:0;width:18px;height:18px;vertical-align:-4px}
        .wrong input,.wrong select,.wrong textarea{border-color:var(--bad);border-width:2px}
        .error{color:var(--bad);font-weight:600}
        .notice{border-left:4px solid var(--accent);background:var(--panel);padding:var(--s3) var(--s4);margin:0 0 var(--s4);border-radius:0 var(--round) var(--round) 0}
        .notice.bad{border-color:var(--bad)}.notice.good{border-color:var(--good)}.notice.warn{border-color:var(--warn)}
        .chip{display:inline-block;padding:0 var(--s2);border-radius:1em;border:1px solid var(--line);background:var(--wash);color:var(--ink-2);font-size:var(--t1);line-height:20px;white-space:nowrap}
        .chip.good{color:var(--good)}.chip.warn{color:var(--warn)}.chip.bad{color:var(--bad)}
        .scroll{overflow-x:auto;margin:0 0 var(--s3)}
        table{border-collapse:collapse;width:100%}
        th,td{text-align:left;vertical-align:top;padding:6px var(--s3) 6px 0;border-bottom:1px solid var(--line)}
        th:last-child,td:last-child{padding-right:0}
        thead th{position:sticky;top:0;color:var(--ink-3);font-size:var(--t1);font-weight:600;background:var(--panel);white-space:nowrap}
        thead button.sort{min-height:24px;padding:0;border:0;background:none;color:inherit;font-weight:inherit}thead button.sort:hover{text-decoration:underline}
        th[aria-sort=ascending] .sort::after{content:" ▲"}th[aria-sort=descending] .sort::after{content:" ▼"}
        tfoot td,tfoot th{border-top:2px solid var(--line);border-bottom:0;font-weight:650}
        tbody th{font-weight:400}
        tbody td:first-child>a{text-decoration-color:transparent}tbody td:first-child>a:hover{text-decoration-color:currentcolor}
        tbody tr[data-href]{cursor:pointer}
        tbody tr[data-href]:hover,tbody tr.here{background:var(--wash)}
        td.number,th.number{padding-left:var(--s3)}
        .day{white-space:nowrap;font-variant-numeric:tabular-nums}
        .empty{color:var(--ink-2);padding:var(--s3) 0}
        .figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(140px,1fr));gap:var(--s3);margin:0 0 var(--s4)}
        .figure{background:var(--panel);border:1px solid var(--line);border-radius:var(--round);padding:var(--s3) var(--s4);min-width:0}
        .figure dt{color:var(--ink-3);font-size:var(--t1)}
        .figure dd{margin:0;font-size:var(--t4);font-weight:650;font-variant-numeric:tabular-nums;line-height:1.25}
        .figure dd a{color:inherit;text-decoration-color:var(--line)}
        .figure .small{font-weight:400}
        .facts{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:var(--s1) var(--s3)}
        .facts dt{color:var(--ink-3);font-size:var(--t1);padding-top:1px}
        .facts dd{margin:0;overflow-wrap:anywhere}
        .dot{display:inline-block;width:.7em;height:.7em;border-radius:50%;margin-right:.45em;background:var(--ink-3)}
        .dot.electricity{background:var(--electricity)}.dot.gas{background:var(--gas)}.dot.water{background:var(--water)}.dot.heat{background:var(--heat)}
        .filter{display:flex;flex-wrap:wrap;gap:var(--s3);align-items:end;margin:0 0 var(--s4)}.filter>*{min-width:0;max-width:100%}
        .filter label{margin:0 0 var(--s1);font-size:var(--t1);color:var(--ink-2)}
        main li>a:only-child{display:inline-block;padding:2px 0}
        details summary{cursor:pointer;color:var(--accent);min-height:24px}
        .timeline li{padding:var(--s2) 0;border-bottom:1px solid var(--line)}
        .timeline li:last-child{border:0}
        progress{width:100%;height:12px;accent-color:var(--accent)}

        """

    private static let charts = """
        .chart{margin:0 0 var(--s2)}
        .chart svg{display:block;width:100%;height:auto;max-height:280px}.chart svg.phone{display:none}
        .chart .electricity,svg.electricity{--c:var(--electricity)}svg.gas{--c:var(--gas)}svg.water{--c:var(--water)}svg.heat{--c:var(--heat)}
        .bar{fill:var(--c)}.before{fill:none;stroke:var(--ink-3);stroke-width:1}
        .guessed{stroke:var(--c);stroke-width:1}.hatch-ground{fill:var(--panel)}.hatch-line{fill:var(--c)}
        .line{fill:none;stroke:var(--c);stroke-width:1.5;stroke-linejoin:round}
        .rejected{fill:none;stroke:var(--bad);stroke-width:1.5}
        .span{fill:var(--warn);opacity:.16}.reading{stroke:var(--ink-2);stroke-dasharray:4 3}.diamond{fill:var(--panel);stroke:var(--ink);stroke-width:1.5}.diamond.solid{fill:var(--c)}
        .legend{display:flex;flex-wrap:wrap;gap:var(--s1) var(--s4);font-size:var(--t1);color:var(--ink-2)}.legend svg{width:22px;height:12px;vertical-align:-1px;margin-right:4px}
        .grid{stroke:var(--line)}.axis{stroke:var(--ink-3)}
        .tick{fill:var(--ink-3);font-size:12px;font-family:var(--sans);font-variant-numeric:tabular-nums}
        .tick.out{fill:var(--bad);stroke:var(--panel);stroke-width:4px;paint-order:stroke}.behind{font-size:var(--t1)}

        """

    private static let narrow = """
        @media (max-width:1180px){.three{grid-template-columns:minmax(0,1fr)}.top{flex-wrap:wrap}.top form.search{order:3;flex-basis:100%;max-width:none}}
        @media (max-width:900px){.top{position:static}.top nav{order:4;flex-basis:100%;overflow-x:auto}.top .tools{flex-wrap:wrap;min-width:0;justify-content:flex-end}.top .tools button{white-space:normal;text-align:right}
        button,.button,input,select{min-height:44px}.top nav a{min-height:44px}.two{grid-template-columns:minmax(0,1fr)}}
        @media (max-width:640px){table.stacked,.stacked tbody,.stacked tr,.stacked td{display:block;width:100%}.stacked thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}\
        .stacked tr{border-bottom:2px solid var(--line);padding:var(--s2) 0}.stacked td{border:0;padding:2px 0;text-align:left;white-space:normal;overflow-wrap:anywhere}.stacked td:empty{display:none}\
        .stacked td::before{content:attr(data-label);display:block;font-size:var(--t1);color:var(--ink-3)}.filter>div,.filter select,.filter input,.field select,.field input{max-width:100%;min-width:0}}
        @media (max-width:640px){.stacked.dense tr{display:flex;flex-wrap:wrap;gap:var(--s1) var(--s3);align-items:baseline;padding:var(--s3) 0;border-bottom:1px solid var(--line)}
        .stacked.dense td{display:inline-flex;width:auto;gap:var(--s1);align-items:baseline;padding:0;min-width:0}.stacked.dense td br{display:none}.stacked.dense td::before{display:inline}
        .stacked.dense td:first-child{flex:1 1 100%}.stacked.dense td:first-child>a{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:3;overflow:hidden}
        .stacked.dense td.choice{margin-left:auto}.stacked.dense td.choice input{width:24px;height:24px}.dense .day{white-space:normal}
        .items thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}.items tr{display:flex;flex-wrap:wrap;justify-content:space-between;border-bottom:1px solid var(--line)}
        .items td,.items th{border:0}.items td:first-child,.items th[scope=rowgroup]{flex:1 1 100%;padding-right:0}.items td.number{padding-left:0}
        .chart svg.desk{display:none}.chart svg.phone{display:block}.phone .tick{font-size:13px}
        .half{overflow:visible}.half .tick{font-size:20px}.half .tick.scale{text-anchor:start;transform:translate(-76px,-10px)}}
        @media (forced-colors:active){.chip,.count{border:1px solid}.bar{fill:CanvasText}}

        """

    private static let print = """
        @media print{:root,:root[data-theme=dark],:root:not([data-theme=light]){--paper:#fff;--panel:#fff;--line:#bbb;--ink:#000;--ink-2:#222;--ink-3:#444;--wash:#fff;color-scheme:light}
        .top,.verbs,.filter,.skip,footer,.noprint{display:none!important}main{padding:0;max-width:none}.panel{border:0;padding:0;break-inside:avoid}
        a{color:inherit;text-decoration:none}thead th{position:static}details:not([open])>*{display:none}@page{size:A4;margin:18mm 16mm}}

        """
}
