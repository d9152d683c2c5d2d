"""What is shown: one view of a case, and its forms as text, JSON, HTML and workbook."""
