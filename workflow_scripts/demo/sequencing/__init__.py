"""Simulated sequencing: fragments of ChIP, RNA, Hi-C and HiChIP libraries, and their reads."""
