/* Shows the newest messages of a fedhub where this script stands in a page:
 *   <script src="https://HOST/widget.js?css=true" data-topic="..." data-rows_per_page="10"></script>
 * Filters: data-user, data-package, data-category, data-topic, data-order, data-rows_per_page, data-page.
 * It needs no other library, and puts nothing into the page but text and links to the web. */
(function () {
  "use strict";
  var script = document.currentScript;
  var base = new URL(script.src);
  var query = new URLSearchParams();
  ["user", "package", "category", "topic", "order", "rows_per_page", "page"].forEach(function (name) {
    var value = script.getAttribute("data-" + name);
    if (value) { query.append(name, value); }
  });
  ["summary", "url", "app_icon", "date"].forEach(function (name) { query.append("meta", name); });
  var box = document.createElement("div");
  box.id = "datagrepper-widget";
  box.className = "fedhub-widget";
  script.parentNode.insertBefore(box, script.nextSibling);
  if (base.searchParams.get("css") === "true") {
    var style = document.createElement("style");
    style.textContent = ".fedhub-widget li{list-style:none;padding:.3em 0;border-top:1px solid #ccc}" +
      ".fedhub-widget ol{padding:0;margin:0}.fedhub-widget img{width:24px;height:24px;" +
      "vertical-align:middle;margin-right:.5em}.fedhub-widget time{color:#666;margin-left:.5em}";
    document.head.appendChild(style);
  }
  function web(address) { return typeof address === "string" && /^https?:\/\//i.test(address); }
  function add(list, message) {
    var item = document.createElement("li");
    if (web(message.meta.app_icon)) {
      var icon = document.createElement("img");
      icon.src = message.meta.app_icon;
      icon.alt = "";
      item.appendChild(icon);
    }
    var text = document.createElement(web(message.meta.url) ? "a" : "span");
    if (web(message.meta.url)) { text.href = message.meta.url; text.rel = "noopener nofollow"; }
    text.textContent = message.meta.summary || message.topic;
    item.appendChild(text);
    var time = document.createElement("time");
    time.textContent = message.meta.date;
    item.appendChild(time);
    list.appendChild(item);
  }
  var address = new URL("v2/search", base);
  address.search = query.toString();
  fetch(address).then(function (answer) { return answer.json(); }).then(function (found) {
    var list = document.createElement("ol");
    (found.raw_messages || []).forEach(function (message) { add(list, message); });
    box.appendChild(list);
  }).catch(function () { box.textContent = "The messages cannot be loaded."; });
})();
