extension StyleSheet {
    /// What single pages need beyond the parts.
    static let pages = """
        .three{display:grid;grid-template-columns:minmax(0,260px) minmax(0,1fr) minmax(0,280px);gap:var(--s4);align-items:start}
        .two{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:var(--s4);align-items:start}
        .hello{max-width:720px;margin:8vh auto var(--s8)}
        .hello form{display:flex;gap:var(--s2)}
        .hello input{min-height:48px;font-size:var(--t3)}
        .hello button{min-height:48px}
        .hits{max-width:960px;margin:0 auto}
        .hits h2{margin-top:var(--s6)}
        .hits li{border-bottom:1px solid var(--line)}
        .hits li a{display:grid;grid-template-columns:minmax(0,1fr) max-content;gap:0 var(--s4);padding:var(--s3) var(--s2);text-decoration:none;color:inherit;border-radius:var(--round)}
        .hits li a:hover,.hits li.here a{background:var(--wash)}
        .hits strong{font-weight:650;color:var(--accent)}
        .who h1{margin-bottom:var(--s1)}
        .who .facts{grid-template-columns:minmax(0,1fr);gap:0}.who .facts dd{margin-bottom:var(--s1)}
        .card{max-width:420px;margin:10vh auto}
        .card button{width:100%;margin-top:var(--s4);min-height:44px}
        .contracts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(300px,100%),1fr));gap:var(--s4) var(--s6)}
        .contract{min-width:0}.contract h3{margin:0}.contract p{margin:0 0 var(--s1)}.contract .head{flex-wrap:nowrap}
        .bill{max-width:860px;margin:0 auto}
        .bill .answers{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:var(--s4) var(--s8);margin:var(--s4) 0 var(--s6)}
        .bill .owed{font-size:var(--t5);font-weight:700;line-height:1.2;font-variant-numeric:tabular-nums}
        .bill section{margin-top:var(--s6)}
        .bill .letter{display:flex;justify-content:space-between;gap:var(--s6);flex-wrap:wrap;margin-bottom:var(--s6)}
        .bill address{font-style:normal}
        .bill .law{color:var(--ink-2);font-size:var(--t1);border-top:1px solid var(--line);padding-top:var(--s4);margin-top:var(--s6)}
        .bill .law p{max-width:none}
        .bill details{font-size:var(--t1)}
        td input[type=text]{min-width:12em}td>ul{min-width:16em}
        @media (max-width:640px){.bill .answers{grid-template-columns:minmax(0,1fr)}}
        @media print{.bill{max-width:none}.bill .answers{break-inside:avoid}}

        """
}
