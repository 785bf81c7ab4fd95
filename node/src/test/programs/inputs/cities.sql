.mode csv
.import /in/cities.csv cities
.mode list
select country, count(*), sum(population) from cities group by country having count(*) > 1 order by 3 desc;
select name from cities where name like '%ã%';
.open /out/cities.db
create table large (name text primary key, population integer);
insert into large values ('Tokyo', 37400068), ('Delhi', 28514000);
update large set population = population + 1;
.open /out/cities.db
select sum(population) from large;
select * from nowhere;
