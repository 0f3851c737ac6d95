INSERT INTO customers (email, name, role, password) VALUES
  ('ada@example.com', 'Ada', 'customer', hash_password('correct horse')),
  ('staff@example.com', 'Grace', 'staff', hash_password('battery staple'));
