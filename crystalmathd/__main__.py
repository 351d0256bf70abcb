from crystalmathd.main import main

raise SystemExit(main())
