# Der Schreibtisch.
