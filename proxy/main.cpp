// Placeholder until its layer lands.
int main() { return 0; }
