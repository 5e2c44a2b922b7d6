"""What the rules about keys and credentials share: names, values, how they are made and used."""
