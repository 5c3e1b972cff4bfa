module kmaint.test/image-programs

go 1.25.0
