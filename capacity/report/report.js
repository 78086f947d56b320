// The controls of a report: which plan is shown, what a mark says, how tables are sorted.
(function(){
"use strict";
var d=document,all=function(q,of){return Array.prototype.slice.call((of||d).querySelectorAll(q))};
d.documentElement.classList.add("js");
var pick=d.getElementById("pick"),slot=d.getElementById("views"),others=d.getElementById("others");
function show(id){all(".view").forEach(function(v){v.hidden=v.id!==id})}
if(pick){all(".view",others).forEach(function(v){slot.appendChild(v)});others.hidden=true;
pick.value="view0";show("view0");pick.addEventListener("change",function(){show(pick.value)});
window.addEventListener("beforeprint",function(){show("view0")});
window.addEventListener("afterprint",function(){show(pick.value)})}
all("figure").forEach(function(f){var line=f.querySelector(".detail"),was=line?line.textContent:"";
function tell(e){var m=e.target.closest("[tabindex]"),said=m&&m.querySelector("title");line.textContent=said?said.textContent:was}
if(line){f.addEventListener("pointerover",tell);f.addEventListener("focusin",tell);f.addEventListener("pointerleave",function(){line.textContent=was})}});
var order=new Intl.Collator(d.documentElement.lang,{numeric:true});
all("table.sortable").forEach(function(table){
var heads=Array.prototype.slice.call(table.tHead.rows[0].cells),body=table.tBodies[0];
var labels=heads.map(function(head){return head.textContent});
Array.prototype.forEach.call(table.querySelectorAll("tbody tr,tfoot tr"),function(row){Array.prototype.forEach.call(row.cells,function(cell,k){if(k)cell.dataset.l=labels[k]})});
heads.forEach(function(head,k){
var b=d.createElement("button");b.type="button";b.textContent=head.dataset.head=head.textContent;head.textContent="";head.appendChild(b);
b.addEventListener("click",function(){
var down=head.getAttribute("aria-sort")==="ascending";
var rows=Array.prototype.slice.call(body.rows);
rows.sort(function(x,y){var a=x.cells[k],c=y.cells[k],p=a.dataset.k,q=c.dataset.k,
r=p!==undefined&&q!==undefined?p-q:p!==undefined?-1:q!==undefined?1:order.compare(a.textContent,c.textContent);return down?-r:r});
heads.forEach(function(h){h.removeAttribute("aria-sort")});head.setAttribute("aria-sort",down?"descending":"ascending");
rows.forEach(function(r){body.appendChild(r)})})})})
})();
