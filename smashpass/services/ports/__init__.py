"""What the use cases need from outside, one Protocol per thing; bootstrap hands them over."""
