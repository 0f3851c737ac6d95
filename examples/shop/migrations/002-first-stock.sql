INSERT INTO products (name, description, cents, stock) VALUES
  ('green tea', 'from Uji, 100 g', 1250, 40),
  ('black tea', 'from Assam, 100 g', 790, 100),
  ('teapot', 'cast iron, 0.8 l', 4900, 5),
  ('tea strainer', 'for one cup', 650, 30),
  ('cup', 'porcelain, 0.2 l', 1500, 24);
