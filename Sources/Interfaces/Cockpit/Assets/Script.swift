/// The one script: comfort only. Every page reads and every form works without it.
enum Script {
    static let text = """
        "use strict";
        (function () {
          var rows = function () { return Array.prototype.slice.call(document.querySelectorAll("tr[data-href], .hits li")); };
          var here = -1, pending = "";
          var typing = function (e) { return /^(input|select|textarea)$/i.test(e.target.tagName) || e.target.isContentEditable; };
          var open = function (row) {
            var link = row.querySelector("a");
            var target = row.getAttribute("data-href") || (link && link.getAttribute("href"));
            if (target) location.href = target;
          };
          var move = function (step) {
            var all = rows();
            if (!all.length) return;
            if (all[here]) all[here].classList.remove("here");
            here = Math.max(0, Math.min(all.length - 1, here + step));
            all[here].classList.add("here");
            all[here].scrollIntoView({ block: "nearest" });
          };
          document.addEventListener("keydown", function (e) {
            if (e.ctrlKey || e.metaKey || e.altKey || typing(e) || document.documentElement.dataset.keys === "off") return;
            var box = document.getElementById("q");
            if (pending === "g") {
              pending = "";
              if (e.key === "t") location.href = "/findings";
              if (e.key === "h") location.href = "/";
              return;
            }
            if (e.key === "/" && box) { e.preventDefault(); box.focus(); box.select(); }
            else if (e.key === "g") pending = "g";
            else if (e.key === "j") move(1);
            else if (e.key === "k") move(-1);
            else if (e.key === "Enter" && rows()[here]) open(rows()[here]);
            else if (e.key === "?") location.href = "/keys";
          });
          document.addEventListener("click", function (e) {
            if (e.target.closest("a, button, input, select, label, summary, details")) return;
            var row = e.target.closest("tr[data-href]");
            if (row && !String(getSelection())) open(row);
          });
          var german = document.documentElement.lang === "de";
          var key = function (cell) {
            var text = cell ? cell.textContent.trim() : "", day = /^(\\d{2})\\.(\\d{2})\\.(\\d{4})/.exec(text);
            if (day) return day[3] + day[2] + day[1];
            if (!german && /^\\d{1,2}\\s[A-Z][a-z]{2}\\s\\d{4}/.test(text)) return new Date(text.replace(/\\s/g, " ").slice(0, 11)).getTime();
            var plain = text.replace(/\\u2212/g, "-").replace(german ? /\\./g : /,/g, "").replace(german ? "," : "\\u0000", ".").replace(/[^0-9.\\-]/g, "");
            return cell && cell.classList.contains("number") ? parseFloat(plain) || 0 : text.toLowerCase();
          };
          document.querySelectorAll("table.sorts").forEach(function (table) {
            table.querySelectorAll("thead th").forEach(function (head, column) {
              if (head.classList.contains("choice")) return;
              var word = head.textContent;
              if (!word) return;
              var button = document.createElement("button");
              button.type = "button"; button.className = "sort"; button.textContent = word;
              head.textContent = ""; head.appendChild(button);
              button.addEventListener("click", function () {
                var up = head.getAttribute("aria-sort") !== "ascending", body = table.tBodies[0];
                table.querySelectorAll("th[aria-sort]").forEach(function (other) { other.removeAttribute("aria-sort"); });
                head.setAttribute("aria-sort", up ? "ascending" : "descending");
                Array.prototype.slice.call(body.rows).sort(function (a, b) {
                  var x = key(a.cells[column]), y = key(b.cells[column]);
                  return (x < y ? -1 : x > y ? 1 : 0) * (up ? 1 : -1);
                }).forEach(function (row) { body.appendChild(row); });
              });
            });
          });
          var boxes = Array.prototype.slice.call(document.querySelectorAll("td.choice input[type=checkbox]")), choice = document.querySelector("th.choice");
          if (boxes.length && choice) {
            var all = document.createElement("input"), words = choice.textContent;
            all.type = "checkbox"; all.setAttribute("aria-label", choice.getAttribute("data-all") || words);
            choice.textContent = words + " "; choice.appendChild(all);
            var settle = function () {
              var on = boxes.filter(function (b) { return b.checked; }).length;
              all.checked = on === boxes.length; all.indeterminate = on > 0 && on < boxes.length;
            };
            all.addEventListener("change", function () { boxes.forEach(function (b) { b.checked = all.checked; }); });
            boxes.forEach(function (b) { b.addEventListener("change", settle); });
            settle();
          }
          document.querySelectorAll("[data-print]").forEach(function (b) { b.addEventListener("click", function () { print(); }); });
          var live = document.querySelector("[data-events]");
          if (live && window.EventSource) {
            var source = new EventSource(live.getAttribute("data-events"));
            source.addEventListener("progress", function (e) {
              var now = JSON.parse(e.data), bar = live.querySelector("progress"), words = live.querySelector("[data-words]");
              if (bar && now.total > 0) { bar.max = now.total; bar.value = now.done; }
              if (words) words.textContent = now.text;
            });
            source.addEventListener("done", function () { source.close(); location.reload(); });
          }
        })();

        """
}
