package live

func child() bool { return false }
