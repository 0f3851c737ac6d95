/** Statements of SQLite that make a table of 400,000 orders where there is none, and one that reads all of it. */
export const createOrders = [
  'create table if not exists orders (customer text, price real)',
  `insert into orders with recursive n (i) as (select 0 union all select i + 1 from n where i < 399999)
    select 'customer ' || (i % 5000), i % 997 from n where not exists (select 1 from orders)`
]
export const report = 'select customer, count(*) as orders, sum(price) as paid, avg(price) as mean from orders group by customer order by paid'
