CREATE TABLE customers (
  id INTEGER PRIMARY KEY,
  email TEXT NOT NULL UNIQUE COLLATE NOCASE,
  name TEXT NOT NULL,
  role TEXT NOT NULL DEFAULT 'customer',
  password TEXT NOT NULL
);
CREATE TABLE products (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL DEFAULT '',
  cents INTEGER NOT NULL,
  stock INTEGER NOT NULL DEFAULT 0,
  picture TEXT
);
CREATE TABLE orders (
  id INTEGER PRIMARY KEY,
  customer INTEGER NOT NULL REFERENCES customers,
  placed TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'placed'
);
CREATE TABLE lines (
  "order" INTEGER NOT NULL REFERENCES orders,
  product INTEGER NOT NULL,
  name TEXT NOT NULL,
  pieces INTEGER NOT NULL,
  cents INTEGER NOT NULL
);
CREATE INDEX lines_of_orders ON lines ("order");
CREATE INDEX orders_of_customers ON orders (customer);
